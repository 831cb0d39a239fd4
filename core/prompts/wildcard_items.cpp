// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading and handing out the items of a wildcard field.
#include "prompts/wildcard_items.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "prompts/wildcards.hpp"
#include "runtime/error.hpp"
#include "runtime/text.hpp"

namespace burin::core {
namespace {

constexpr std::uint64_t kRandomSeeds = (std::uint64_t{1} << 50) + 1;

bool take(std::string_view& text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return false;
  text.remove_prefix(beginning.size());
  return true;
}

bool is_label_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == ' ';
}

// Every "[label]text" whose text is not empty; no text holds a '['.
std::map<std::string, std::string> read_labels(std::string_view text) {
  std::map<std::string, std::string> labels;
  for (std::size_t open = text.find('['); open != text.npos; open = text.find('[', open + 1)) {
    std::size_t close = open + 1;
    while (close < text.size() && is_label_char(text[close])) ++close;
    if (close == open + 1 || close == text.size() || text[close] != ']') continue;
    const std::size_t end = std::min(text.find('[', close), text.size());
    const std::string_view value = stripped(text.substr(close + 1, end - close - 1));
    if (end > close + 1)
      labels[std::string(text.substr(open + 1, close - open - 1))] = std::string(value);
  }
  return labels;
}

// What stands in [SEP:...]: a seed, R, or anything else for none.
std::optional<std::uint64_t> read_seed(std::string_view word, PythonRandom& random) {
  if (word == "R") return random.below(kRandomSeeds);
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), seed);
  if (end != word.data() + word.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range)
    throw Error(BURIN_E_JOB, "the prompt's [SEP:" + std::string(word.substr(0, 60)) +
                                 "] is no seed; expected one below 2^64");
  if (error != std::errc()) return std::nullopt;
  return seed;
}

// The length of a separator at the front of the text, and the word in it.
std::optional<std::pair<std::size_t, std::string_view>> separator(std::string_view text) {
  constexpr std::string_view plain = "[SEP]", seeded = "[SEP:";
  if (text.starts_with(plain)) return std::pair(plain.size(), std::string_view());
  if (!text.starts_with(seeded)) return std::nullopt;
  std::size_t end = seeded.size();
  while (end < text.size() && is_label_char(text[end]) && text[end] != '.' && text[end] != ' ')
    ++end;
  if (end == seeded.size() || end == text.size() || text[end] != ']') return std::nullopt;
  return std::pair(end + 1, text.substr(seeded.size(), end - seeded.size()));
}

std::vector<PromptItem> read_items(std::string_view text, PythonRandom& random) {
  std::vector<PromptItem> items(1);
  std::size_t begin = 0;
  for (std::size_t at = text.find("[SEP"); at != text.npos; at = text.find("[SEP", at)) {
    const auto found = separator(text.substr(at));
    if (!found) {
      ++at;
      continue;
    }
    items.back().text = text.substr(begin, at - begin);
    items.push_back({"", read_seed(found->second, random)});
    begin = at += found->first;
  }
  items.back().text = text.substr(begin);
  return items;
}

}  // namespace

WildcardField read_wildcard_field(std::string_view text, PythonRandom& random) {
  constexpr std::pair<std::string_view, ItemMode> modes[] = {
      {"[ASC-SIZE]", ItemMode::ascending_size},
      {"[DSC-SIZE]", ItemMode::descending_size},
      {"[ASC]", ItemMode::ascending},
      {"[DSC]", ItemMode::descending},
      {"[RND]", ItemMode::random},
  };
  WildcardField field;
  field.concatenates = take(text, "[CONCAT]");
  if (text.starts_with("[LAB]")) {
    field.mode = ItemMode::labels;
    field.labels = read_labels(text);
    return field;
  }
  for (const auto& [name, mode] : modes) {
    if (!take(text, name)) continue;
    field.mode = mode;
    field.items = read_items(text, random);
    return field;
  }
  field.items = {{std::string(text), std::nullopt}};
  return field;
}

ItemChooser::ItemChooser(const WildcardField& field, PythonRandom random)
    : field_(field), random_(random), items_(field.items) {
  if (field.mode == ItemMode::random) random_.shuffle(items_);
}

PromptItem ItemChooser::next(const std::string& label) {
  if (field_.mode == ItemMode::labels) {
    PromptItem item;
    for (const std::string& key : {std::string("ALL"), label})
      if (const auto text = field_.labels.find(key); text != field_.labels.end())
        item.text += text->second;
    return item;
  }
  if (at_ == items_.size()) {
    at_ = 0;
    if (field_.mode == ItemMode::random) random_.shuffle(items_);
  }
  return items_[at_++];
}

}  // namespace burin::core
