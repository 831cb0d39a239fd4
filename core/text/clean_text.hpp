// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Unicode cleaning and splitting of a prompt before byte-pair encoding.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace burin::core {

// Control characters, U+0000 and U+FFFD dropped, CJK ideographs set apart, NFC, lower case, words
// joined by one space. Invalid UTF-8 counts as U+FFFD.
std::u32string clean_text(std::string_view utf8);

// The pieces that are encoded apart: the special tokens, English contractions, runs of letters,
// single digits and other numbers, runs of anything else but spaces. UTF-8.
std::vector<std::string> split_words(std::u32string_view cleaned);

}  // namespace burin::core
