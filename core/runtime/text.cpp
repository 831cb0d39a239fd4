// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// UTF-8 checks, quoting and the nearest word.
#include "runtime/text.hpp"

#include <algorithm>
#include <array>

#include "burin/cpp/text.hpp"

namespace burin::core {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Optimal string alignment distance.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::optional<std::size_t> invalid_utf8_at(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sdk::utf8_sequence(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

std::string to_valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sdk::utf8_sequence(text.substr(at));
    if (length == 0) {
      valid += '?';
      ++at;
    } else {
      valid += text.substr(at, length);
      at += length;
    }
  }
  return valid;
}

std::string in_quotes(std::string_view text, std::size_t limit) {
  std::string result = "\"";
  for (std::size_t at = 0; at < text.size();) {
    if (at >= limit) return result + "...\"";
    const std::size_t length = sdk::utf8_sequence(text.substr(at));
    const unsigned char lead = static_cast<unsigned char>(text[at]);
    if (length == 0 || lead < 0x20 || lead == 0x7F) {
      constexpr std::string_view digits = "0123456789abcdef";
      result += "\\x";
      result += digits[lead / 16];
      result += digits[lead % 16];
      ++at;
    } else {
      result += text.substr(at, length);
      at += length;
    }
  }
  return result + '"';
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t longest = 64;
  if (word.size() > longest) return {};
  std::string_view best;
  std::size_t least = std::string_view::npos;
  for (std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  const std::size_t forgiven = std::clamp<std::size_t>(best.size() / 3, 1, 3);
  return least <= forgiven ? best : std::string_view();
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string all;
  for (std::string_view word : words) {
    if (!all.empty()) all += ", ";
    all += word;
  }
  return all;
}

std::vector<std::string_view> views(const std::vector<std::string>& words) {
  return {words.begin(), words.end()};
}

std::string size_text(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

}  // namespace burin::core
