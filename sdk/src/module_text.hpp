// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What ids and texts of a module are at most.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>

#include "burin/cpp/text.hpp"

namespace burin::sdk {

constexpr std::size_t most_id = 128, most_text = 4096;  // bytes

/// Why a text cannot be shown to people in a line, to follow "has a name with"; "": it can, or is
/// nullptr.
inline std::string text_fault(const char* text) {
  if (text == nullptr) return "";
  if (std::strlen(text) > most_text) {
    return std::to_string(std::strlen(text)) + " bytes; expected are at most " +
           std::to_string(most_text);
  }
  if (!is_utf8(text)) return "bytes that are no UTF-8";
  return has_control_character(text) ? "control characters" : "";
}

}  // namespace burin::sdk
