// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Texts that came from elsewhere: whether they are UTF-8, and how they look in a sentence.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace burin::sdk {

/// Whether `text` is well-formed UTF-8: nothing overlong, no surrogates, none beyond U+10FFFF.
/// [any-thread]
inline bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80                    ? 1
                               : lead >= 0xC2 && lead <= 0xDF ? 2
                               : lead >= 0xE0 && lead <= 0xEF ? 3
                               : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                              : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      if (k == 1 && ((lead == 0xE0 && next < 0xA0) || (lead == 0xED && next > 0x9F) ||
                     (lead == 0xF0 && next < 0x90) || (lead == 0xF4 && next > 0x8F))) {
        return false;
      }
    }
    i += length;
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
