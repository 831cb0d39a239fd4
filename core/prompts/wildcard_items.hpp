// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A wildcard field taken apart: its mode, and its items with their seeds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prompts/python_random.hpp"

namespace burin::core {

enum class ItemMode { one, labels, ascending, descending, ascending_size, descending_size, random };

struct PromptItem {
  std::string text;
  std::optional<std::uint64_t> seed;
};

struct WildcardField {
  ItemMode mode = ItemMode::one;
  bool concatenates = false;
  std::vector<PromptItem> items;              // not of mode labels; one at least
  std::map<std::string, std::string> labels;  // of mode labels
};

// The syntax is that of assign_prompts. A mode in square brackets must stand at the very beginning.
// random: for [SEP:R]. Throws Error{BURIN_E_JOB} for a seed of 2^64 or more.
WildcardField read_wildcard_field(std::string_view text, PythonRandom& random);

// Hands out the items of a field, one a SEG.
class ItemChooser {
 public:
  ItemChooser(const WildcardField& field, PythonRandom random);
  PromptItem next(const std::string& label);

 private:
  const WildcardField& field_;
  PythonRandom random_;
  std::vector<PromptItem> items_;
  std::size_t at_ = 0;
};

}  // namespace burin::core
