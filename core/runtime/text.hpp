// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Text that comes from outside, made fit for sentences: UTF-8 checks, quoting, and the word that
// was probably meant.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace burin::core {

// Byte offset of the first byte that is not part of well-formed UTF-8 (overlong forms, surrogates
// and values above U+10FFFF are not); none when all of it is.
std::optional<std::size_t> invalid_utf8_at(std::string_view text);

// The same text with "?" for each byte that is not well-formed UTF-8.
std::string to_valid_utf8(std::string_view text);

// In double quotes, on one line, valid UTF-8, cut to about `limit` bytes with "...".
std::string in_quotes(std::string_view text, std::size_t limit = 80);

// The candidate with the least edit distance (insert, delete, replace, swap of neighbours), case
// ignored; empty when even that one differs in more than a third of its letters (at least one
// difference is always forgiven, at most three).
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// "a, b, c"
std::string joined(const std::vector<std::string_view>& words);

// The same words, which must outlive them.
std::vector<std::string_view> views(const std::vector<std::string>& words);

// "640x480"
std::string size_text(int width, int height);

// As Python's str.isspace for ASCII but its separators 28 to 31.
constexpr bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace burin::core
