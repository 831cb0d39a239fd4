// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading and removing LoRA tags.
#include "prompts/lora_tags.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "prompts/wildcards.hpp"

namespace burin::core {
namespace {

constexpr std::string_view kOpening = "<lora:";

bool has_model_suffix(std::string_view name) {
  for (const std::string_view suffix :
       {".safetensors", ".sft", ".ckpt", ".pt", ".pt2", ".pth", ".bin", ".pkl"})
    if (name.ends_with(suffix)) return true;
  return false;
}

std::optional<LoraUse> read_tag(std::string_view inside, bool required) {
  const auto first = inside.find_first_not_of(':');
  if (first == inside.npos) return std::nullopt;
  inside = inside.substr(first, inside.find_last_not_of(':') - first + 1);
  LoraUse use;
  use.required = required;
  std::optional<double> model, clip;
  bool is_name = true;
  for (;;) {
    const std::size_t colon = inside.find(':');
    const std::string_view item = inside.substr(0, colon);
    if (is_name) {
      use.file = item;
      is_name = false;
    } else if (is_plain_number(item)) {
      double value = 0;
      std::from_chars(item.data(), item.data() + item.size(), value);
      if (!model)
        model = value;
      else if (!clip)
        clip = value;
    }
    if (colon == inside.npos) break;
    inside.remove_prefix(colon + 1);
  }
  if (!has_model_suffix(use.file)) use.file += ".safetensors";
  use.model = model.value_or(1);
  use.clip = clip.value_or(use.model);
  return use;
}

}  // namespace

TaggedText take_lora_tags(std::string_view text, bool required) {
  TaggedText taken;
  for (;;) {
    const std::size_t open = text.find(kOpening);
    const std::size_t inside = open == text.npos ? text.npos : open + kOpening.size();
    const std::size_t close = inside == text.npos ? text.npos : text.find('>', inside);
    if (close == text.npos) {
      taken.text += text;
      return taken;
    }
    taken.text += text.substr(0, close == inside ? close + 1 : open);
    const auto use = read_tag(text.substr(inside, close - inside), required);
    const auto same = [&](const LoraUse& other) { return use && other.file == use->file; };
    if (use && std::none_of(taken.loras.begin(), taken.loras.end(), same))
      taken.loras.push_back(*use);
    text.remove_prefix(close + 1);
  }
}

}  // namespace burin::core
