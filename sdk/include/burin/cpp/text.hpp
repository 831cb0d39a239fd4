// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Texts that came from elsewhere: whether they are UTF-8, and how they look in a sentence.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace burin::sdk {

/// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode 15, table 3-7: nothing
/// overlong, no surrogates, none beyond U+10FFFF), 0 where there is none. text is not empty.
/// [any-thread]
inline std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned low = 0x80, high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (text.size() < length || byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

/// Whether all of `text` is well-formed UTF-8. [any-thread]
inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// Whether `text` has a character that a terminal obeys: below a space, or DEL. [any-thread]
inline bool has_control_character(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
  }
  return false;
}

/// `text` as a sentence can quote it: one line, at most `most` bytes and "...", with '?' for each
/// byte that is not printable ASCII. [any-thread]
inline std::string quotable(std::string_view text, std::size_t most = 64) {
  std::string shown;
  for (const char c : text.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    shown += byte >= 0x20 && byte < 0x7F ? c : '?';
  }
  return text.size() > most ? shown + "..." : shown;
}

}  // namespace burin::sdk
