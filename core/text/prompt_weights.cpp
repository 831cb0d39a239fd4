// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Parenthesised weights in prompts.

#include <charconv>
#include <cmath>
#include <limits>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "runtime/text.hpp"
#include "text/prompt.hpp"

namespace burin::core {
namespace {

// Escaped parentheses while groups are looked for; bytes that no UTF-8 text contains.
constexpr char kOpenMark = '\xFE', kCloseMark = '\xFF';

constexpr int kMaxDepth = 200;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What Python's float() accepts: blanks around, a sign, underscores between digits, inf and nan by
// name.
std::optional<double> parse_number(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain += static_cast<char>(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]);
    } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  std::string_view number = plain;
  const bool negative = number.starts_with('-');
  if (negative || number.starts_with('+')) number.remove_prefix(1);
  const double sign = negative ? -1 : 1;
  if (number == "inf" || number == "infinity")
    return sign * std::numeric_limits<double>::infinity();
  if (number == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (number.empty() || !(is_digit(number.front()) || number.front() == '.')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (end != number.data() + number.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    const std::size_t e = number.find('e');
    const bool tiny = e != std::string_view::npos && number.substr(e + 1).starts_with('-');
    return tiny ? sign * 0.0 : sign * std::numeric_limits<double>::infinity();
  }
  if (error != std::errc()) return std::nullopt;
  return sign * value;
}

// Groups and the texts between them, at the top level of nesting.
std::vector<std::string_view> top_level_items(std::string_view text) {
  std::vector<std::string_view> items;
  std::size_t start = 0;
  int nesting = 0;
  const auto cut = [&](std::size_t end) {
    if (end > start) items.push_back(text.substr(start, end - start));
    start = end;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') {
      if (nesting == 0) cut(i);
      ++nesting;
    } else if (text[i] == ')') {
      --nesting;
      if (nesting == 0) cut(i + 1);
    }
  }
  cut(text.size());
  return items;
}

void parse_items(std::string_view text, double weight, int depth,
                 std::vector<std::pair<std::string, double>>& out) {
  if (depth > kMaxDepth)
    throw Error(BURIN_E_JOB, compose("the prompt nests parentheses more than {} deep", kMaxDepth));
  for (const std::string_view item : top_level_items(text)) {
    if (item.size() < 2 || item.front() != '(' || item.back() != ')') {
      out.emplace_back(item, weight);
      continue;
    }
    std::string_view inner = item.substr(1, item.size() - 2);
    double inner_weight = weight * 1.1;
    if (const std::size_t colon = inner.rfind(':'); colon != std::string_view::npos && colon > 0) {
      if (const std::optional<double> number = parse_number(inner.substr(colon + 1))) {
        inner_weight = *number;
        inner = inner.substr(0, colon);
      }
    }
    parse_items(inner, inner_weight, depth + 1, out);
  }
}

}  // namespace

std::vector<std::pair<std::string, double>> parse_weights(std::string_view prompt) {
  std::string marked;
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    const char next = i + 1 < prompt.size() ? prompt[i + 1] : '\0';
    if (prompt[i] == '\\' && (next == '(' || next == ')')) {
      marked += next == '(' ? kOpenMark : kCloseMark;
      ++i;
    } else if (prompt[i] == kOpenMark || prompt[i] == kCloseMark) {
      continue;  // never part of UTF-8
    } else {
      marked += prompt[i];
    }
  }
  std::vector<std::pair<std::string, double>> out;
  parse_items(marked, 1.0, 0, out);
  for (auto& [text, weight] : out)
    for (char& c : text) c = c == kOpenMark ? '(' : c == kCloseMark ? ')' : c;
  return out;
}

}  // namespace burin::core
