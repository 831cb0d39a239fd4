// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The role segmenter.
#include "burin/role/segmenter.h"

#include <cmath>

#include "roles/all.hpp"
#include "roles/result_cases.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

constexpr std::uint32_t all_ways =
    BURIN_SEGMENT_BY_BOX | BURIN_SEGMENT_BY_POINTS | BURIN_SEGMENT_BY_MASK | BURIN_SEGMENT_BY_TEXT;

const burin_segmenter& table(const void* api) { return *static_cast<const burin_segmenter*>(api); }

std::string missing(const void* api) {
  BURIN_CHECK_MISSING(&table(api), create);
  BURIN_CHECK_MISSING(&table(api), destroy);
  BURIN_CHECK_MISSING(&table(api), segment);
  return "";
}

/// One prompt for each way that is understood, about the middle of a picture of this size.
class Prompts {
 public:
  Prompts(std::uint32_t understands, std::int64_t height, std::int64_t width)
      : mask_(f32_type, {height, width}) {
    paint(mask_, Paint::step, 1);
    const auto h = static_cast<double>(height), w = static_cast<double>(width);
    points_[0] = {w / 2, h / 2, 1, 0};
    points_[1] = {w / 8, h / 8, 0, 0};
    for (std::uint32_t way = 1; way <= BURIN_SEGMENT_BY_TEXT; way <<= 1) {
      if ((understands & way) == 0) continue;
      burin_segment_prompt prompt = {};
      prompt.struct_size = sizeof prompt;
      prompt.given = way;
      prompt.x1 = w / 4;
      prompt.y1 = h / 4;
      prompt.x2 = w * 3 / 4;
      prompt.y2 = h * 3 / 4;
      prompt.point_count = std::size(points_);
      prompt.points = points_;
      prompt.mask = mask_.dl();
      prompt.text = "face";
      prompts_.push_back(prompt);
    }
    for (const burin_segment_prompt& prompt : prompts_) pointers_.push_back(&prompt);
  }
  Prompts(const Prompts&) = delete;
  Prompts& operator=(const Prompts&) = delete;

  std::vector<burin_segment_prompt>& prompts() { return prompts_; }
  const std::vector<const burin_segment_prompt*>& pointers() const { return pointers_; }

 private:
  TestTensor mask_;
  burin_segment_point points_[2] = {};
  std::vector<burin_segment_prompt> prompts_;
  std::vector<const burin_segment_prompt*> pointers_;
};

void read_item(const burin_segment& item, std::size_t i, const DLTensor& rgb, Answer& answer) {
  const auto found = [&](const std::string& what) {
    if (answer.fault.empty()) answer.fault = text_of("segment ", i, ": ", what);
  };
  if (!(item.confidence >= 0 && item.confidence <= 1)) {
    found(text_of("the confidence is ", item.confidence, "; expected is 0 to 1"));
  }
  answer.values += text_of(item.x, ",", item.y, ",", item.confidence, ";");
  if (item.mask == nullptr) return;
  const auto shape = lengths_of(item.mask, 2);
  const std::string form = shape.empty() ? "has not two dimensions" : form_fault(*item.mask, shape);
  if (!form.empty()) return found("the mask " + form);
  if (item.x < 0 || item.y < 0 || item.y + shape[0] > rgb.shape[0] ||
      item.x + shape[1] > rgb.shape[1]) {
    found(text_of("the mask of ", shape[1], " x ", shape[0], " at (", item.x, ", ", item.y,
                  ") leaves the picture of ", rgb.shape[1], " x ", rgb.shape[0]));
  }
  answer.values += bytes_of(*item.mask);
  const std::string range = range_fault(floats_of(*item.mask), 0, 1);
  if (!range.empty()) found("the mask " + range);
}

void read(const burin_segments& segments, std::size_t asked, const DLTensor& rgb, Answer& answer) {
  if (segments.count != asked) {
    answer.fault = text_of("there are ", segments.count, " answers to ", asked, " prompts");
  }
  const auto* at = reinterpret_cast<const char*>(segments.items);
  if (segments.count > 0 && at == nullptr) {
    answer.fault = "the answers are at NULL";
    return;
  }
  for (std::size_t i = 0; i < segments.count; ++i) {
    const auto& item = *reinterpret_cast<const burin_segment*>(at);
    if (!BURIN_HAS(&item, mask) || item.struct_size > 65536) {
      answer.size_fault = text_of("segment ", i, " has a struct_size of ", item.struct_size,
                                  "; expected is about ", sizeof item);
      return;
    }
    read_item(item, i, rgb, answer);
    at += item.struct_size;
  }
}

Answer segment(const Call& call, const std::vector<const burin_segment_prompt*>& prompts,
               double threshold = 0.5) {
  const burin_segmenter_options options = {sizeof options, threshold};
  return ask_for<burin_segments>(
      call,
      [&](burin_segments* out) {
        return table(call.api).segment(call.self, call.inputs[0], prompts.data(), prompts.size(),
                                       &options, call.run, out);
      },
      [&](const burin_segments& found, Answer& answer) {
        const bool known = !lengths_of(call.inputs[0], 3).empty();
        if (known) read(found, prompts.size(), *call.inputs[0], answer);
      });
}

Prompts prompts_for(const Call& call) {
  const auto shape = lengths_of(call.inputs[0], 3);
  const bool odd = shape.empty() || shape[0] < 1 || shape[1] < 1;
  return Prompts(table(call.api).understands, odd ? 16 : shape[0], odd ? 16 : shape[1]);
}

Answer work(const Call& call) { return segment(call, prompts_for(call).pointers()); }

void understands(Context& context) {
  Session session(context);
  const std::uint32_t ways = table(session.api()).understands;
  if ((ways & all_ways) == 0) fail("it understands nothing: understands is ", ways);
  if ((ways & ~all_ways) != 0) warn("understands has bits that are not known here: ", ways);
}

BadCall bad_prompt(const char* what, void (*spoil)(burin_segment_prompt& prompt)) {
  return {what, [spoil](const Call& good) {
            Prompts prompts = prompts_for(good);
            for (burin_segment_prompt& prompt : prompts.prompts()) spoil(prompt);
            return segment(good, prompts.pointers());
          }};
}

}  // namespace

Role segmenter_role() {
  Role role = {};
  role.interface_id = BURIN_SEGMENTER_ID;
  role.name = "segmenter";
  role.missing = missing;
  makes_instances<burin_segmenter>(role);
  role.inputs = {{"rgb", u8_type, {Input::height, Input::width, 3}}};
  role.work = work;
  role.bad_calls = {
      {"no prompt", [](const Call& good) { return segment(good, {}); }},
      bad_prompt("prompts in which nothing is given",
                 [](burin_segment_prompt& prompt) { prompt.given = 0; }),
      {"a threshold that is no number",
       [](const Call& good) { return segment(good, prompts_for(good).pointers(), std::nan("")); }},
  };
  role.cases = {
      {"segmenter.understands", "understands something", understands, "lifecycle.create"},
      {"segmenter.masks", "gives masks that keep to the contract", result_has_its_values,
       "lifecycle.work"},
      {"segmenter.repeatable", "gives the same again", result_is_repeatable, "lifecycle.work"},
  };
  return role;
}

}  // namespace burin::check
