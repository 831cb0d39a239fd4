// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Items of the wildcard fields to SEGS, in the order of the job's semantics.
#include "prompts/segment_prompts.hpp"

#include <algorithm>
#include <numeric>
#include <opencv2/core.hpp>
#include <utility>

#include "plan/geometry.hpp"
#include "plan/plan.hpp"
#include "prompts/lora_tags.hpp"
#include "prompts/wildcard_items.hpp"
#include "prompts/wildcards.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

constexpr std::string_view kBreak = "BREAK";

// The places of SEGS in the order in which a field's items go to them.
std::vector<std::size_t> order_of(const Segs& segs, ItemMode mode) {
  std::vector<std::size_t> order(segs.segs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto box = [&](std::size_t place) { return segs.segs[place].bbox; };
  const auto corner = [&](std::size_t place) { return std::pair(box(place).x1, box(place).y1); };
  const auto area = [&](std::size_t place) { return box(place).width() * box(place).height(); };
  const auto sort_by = [&](auto key, bool descending) {
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return descending ? key(b) < key(a) : key(a) < key(b);
    });
  };
  if (mode == ItemMode::ascending || mode == ItemMode::descending)
    sort_by(corner, mode == ItemMode::descending);
  if (mode == ItemMode::ascending_size || mode == ItemMode::descending_size)
    sort_by(area, mode == ItemMode::descending_size);
  return order;
}

bool is_word(std::string_view text, std::size_t at, std::size_t size) {
  const auto inside = [&](std::size_t place) {
    const auto c = static_cast<unsigned char>(text[place]);
    return c >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
  };
  return (at == 0 || !inside(at - 1)) && (at + size == text.size() || !inside(at + size));
}

// Parts between BREAKs, blanks around them and empty ones gone, put together by the word again.
std::string with_plain_breaks(std::string_view text, bool anywhere) {
  std::string result;
  const auto add = [&](std::string_view part) {
    part = stripped(part);
    if (part.empty()) return;
    if (!result.empty()) result.append(" ").append(kBreak).append(" ");
    result += part;
  };
  std::size_t begin = 0;
  for (std::size_t at = text.find(kBreak); at != text.npos; at = text.find(kBreak, at)) {
    if (anywhere || is_word(text, at, kBreak.size())) {
      add(text.substr(begin, at - begin));
      begin = at + kBreak.size();
    }
    at += kBreak.size();
  }
  add(text.substr(begin));
  return result;
}

class Assignment {
 public:
  Assignment(Segs& segs, const Job& job, std::uint64_t seed, WildcardFiles& files)
      : segs_(segs), job_(job), seed_(seed), files_(files) {}

  std::vector<std::string> run() {
    PythonRandom random(seed_);
    const WildcardField field = read_wildcard_field(beginning_of(job_.wildcard), random);
    std::vector<std::size_t> order = order_of(segs_, field.mode);
    if (job_.semantics == Semantics::foreach) {
      std::vector<Seg> sorted;
      for (const std::size_t place : order) sorted.push_back(std::move(segs_.segs[place]));
      segs_.segs = std::move(sorted);
      std::iota(order.begin(), order.end(), std::size_t{0});
    }
    give_positives(field, order, random);
    if (!job_.negative_wildcard.empty()) give_negatives();
    return std::move(notes_);
  }

 private:
  // A mode counts at the very beginning; only the reference's own rules mind blanks before it.
  std::string_view beginning_of(const std::string& text) const {
    return job_.semantics == Semantics::foreach ? std::string_view(text) : stripped(text);
  }

  bool keeps_job_prompt(const std::string& text) const {
    return job_.semantics == Semantics::foreach ? text.empty() : stripped(text).empty();
  }

  static bool has_empty_mask(const Seg& seg) { return cv::countNonZero(seg.mask) == 0; }

  void give_positives(const WildcardField& field, const std::vector<std::size_t>& order,
                      const PythonRandom& random) {
    ItemChooser chooser(field, random);
    bool stopped = false;
    for (std::size_t i = 0; i < order.size(); ++i) {
      Seg& seg = segs_.segs[order[i]];
      PromptItem item;
      if (!has_empty_mask(seg) && !job_.wildcard.empty()) item = chooser.next(seg.label);
      if (!seg.seed) seg.seed = item.seed;
      if (!seg.seed && job_.semantics == Semantics::foreach) seg.seed = seed_ + i;
      const std::string_view word = stripped(item.text);
      if (stopped || word == "[STOP]") {
        seg.left_out = seg_name(seg) + (stopped ? ": it comes after a [STOP]"
                                                : ": its prompt is [STOP], so this is the end");
        stopped = true;
      } else if (word == "[SKIP]") {
        seg.left_out = seg_name(seg) + ": its prompt is [SKIP]";
      } else if (!seg.positive && !keeps_job_prompt(item.text)) {
        const std::string text = resolved(item.text, seg, choice_seed(seg, i));
        seg.positive = field.concatenates ? job_.positive + " BREAK " + text : text;
      }
    }
  }

  void give_negatives() {
    PythonRandom random(seed_);
    const WildcardField field = read_wildcard_field(beginning_of(job_.negative_wildcard), random);
    for (const PromptItem& item : field.items) {
      const std::string_view word = stripped(item.text);
      if (item.seed || word == "[SKIP]" || word == "[STOP]")
        throw Error(BURIN_E_JOB, "prompt.negative_wildcard holds " +
                                     (item.seed ? "a seed" : std::string(word)) +
                                     "; expected it in prompt.wildcard");
    }
    const std::vector<std::size_t> order = order_of(segs_, field.mode);
    ItemChooser chooser(field, random);
    for (std::size_t i = 0; i < order.size(); ++i) {
      Seg& seg = segs_.segs[order[i]];
      if (has_empty_mask(seg)) continue;
      const PromptItem item = chooser.next(seg.label);
      if (seg.negative || keeps_job_prompt(item.text) || !seg.left_out.empty()) continue;
      const std::string text = resolved(item.text, seg, splitmix64(choice_seed(seg, i)));
      seg.negative = field.concatenates ? job_.negative + " BREAK " + text : text;
    }
  }

  std::uint64_t choice_seed(const Seg& seg, std::size_t place) const {
    if (seg.seed) return *seg.seed;
    return job_.semantics == Semantics::burin ? own_seed(seg, seed_) : seed_ + place;
  }

  std::string resolved(const std::string& text, Seg& seg, std::uint64_t seed) {
    try {
      const ExpandedText expanded = expand_wildcards(text, seed, files_);
      for (const std::string& name : expanded.unknown) {
        const std::string meant =
            files_.nearest_name(wildcard_name(name.substr(2, name.size() - 4)));
        notes_.push_back(seg_name(seg) + ": no wildcard file gives " + name +
                         ", so it stays in the prompt as it is" +
                         (meant.empty() ? "" : "; __" + meant + "__ is there"));
      }
      TaggedText tagged = take_lora_tags(expanded.text, job_.semantics == Semantics::burin);
      seg.loras.insert(seg.loras.end(), tagged.loras.begin(), tagged.loras.end());
      return with_plain_breaks(tagged.text, job_.semantics == Semantics::foreach);
    } catch (const Error& error) {
      throw Error(error.status(), seg_name(seg) + ": " + error.what());
    }
  }

  Segs& segs_;
  const Job& job_;
  std::uint64_t seed_;
  WildcardFiles& files_;
  std::vector<std::string> notes_;
};

}  // namespace

std::vector<std::string> assign_prompts(Segs& segs, const Job& job, std::uint64_t seed,
                                        WildcardFiles& files) {
  if (job.wildcard.empty() && job.negative_wildcard.empty() && job.semantics != Semantics::foreach)
    return {};
  return Assignment(segs, job, seed, files).run();
}

}  // namespace burin::core
