// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Unicode cleaning and splitting of a prompt, with utf8proc for categories, case and normal form.
#include "text/clean_text.hpp"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <new>

namespace burin::core {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

utf8proc_category_t category(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

bool is_control(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  switch (category(c)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
      return true;
    default:
      return false;
  }
}

bool is_space(char32_t c) {
  if (c == ' ' || c == '\t' || c == '\n' || c == '\r') return true;
  const utf8proc_category_t k = category(c);
  return k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP;
}

bool is_letter(char32_t c) {
  const utf8proc_category_t k = category(c);
  return k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO;
}

bool is_number(char32_t c) {
  const utf8proc_category_t k = category(c);
  return k >= UTF8PROC_CATEGORY_ND && k <= UTF8PROC_CATEGORY_NO;
}

bool is_ideograph(char32_t c) {
  constexpr std::array<std::array<char32_t, 2>, 8> ranges{{{0x4E00, 0x9FFF},
                                                           {0x3400, 0x4DBF},
                                                           {0x20000, 0x2A6DF},
                                                           {0x2A700, 0x2B73F},
                                                           {0x2B740, 0x2B81F},
                                                           {0x2B820, 0x2CEAF},
                                                           {0xF900, 0xFAFF},
                                                           {0x2F800, 0x2FA1F}}};
  for (const auto& [first, last] : ranges)
    if (c >= first && c <= last) return true;
  return false;
}

std::u32string decode_utf8(std::string_view utf8) {
  std::u32string text;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(utf8.data());
  for (std::size_t i = 0; i < utf8.size();) {
    utf8proc_int32_t code = -1;
    const utf8proc_ssize_t used =
        utf8proc_iterate(bytes + i, static_cast<utf8proc_ssize_t>(utf8.size() - i), &code);
    text += used > 0 ? static_cast<char32_t>(code) : kReplacement;
    i += used > 0 ? static_cast<std::size_t>(used) : 1;
  }
  return text;
}

void append_utf8(std::string& out, char32_t c) {
  std::array<utf8proc_uint8_t, 4> bytes;
  const utf8proc_ssize_t n = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes.data());
  out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(n));
}

std::u32string nfc(const std::u32string& text) {
  std::string utf8;
  for (const char32_t c : text) append_utf8(utf8, c);
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t n =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(utf8.data()),
                   static_cast<utf8proc_ssize_t>(utf8.size()), &mapped,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (n < 0) throw std::bad_alloc();  // the text is valid: nothing else can fail
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  return decode_utf8({reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(n)});
}

// Full lower-casing differs from the one-to-one mapping in two places: dotted capital I and the
// sigma at a word's end.
std::u32string lower(const std::u32string& word) {
  std::u32string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char32_t c = word[i];
    if (c == 0x130) {
      out += {U'i', char32_t{0x307}};
    } else if (c == 0x3A3) {
      const bool after = i > 0 && is_letter(word[i - 1]);
      const bool before = i + 1 < word.size() && is_letter(word[i + 1]);
      out += after && !before ? char32_t{0x3C2} : char32_t{0x3C3};
    } else {
      out += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
    }
  }
  return out;
}

constexpr std::array<std::u32string_view, 9> kFixed{
    U"<|startoftext|>", U"<|endoftext|>", U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"};

}  // namespace

std::u32string clean_text(std::string_view utf8) {
  std::u32string kept;
  for (const char32_t c : decode_utf8(utf8)) {
    if (c == 0 || c == kReplacement || is_control(c)) continue;
    if (is_ideograph(c))
      kept += {U' ', c, U' '};
    else
      kept += is_space(c) ? U' ' : c;
  }
  std::u32string cleaned, word;
  const auto finish = [&] {
    if (word.empty()) return;
    if (!cleaned.empty()) cleaned += U' ';
    cleaned += lower(word);
    word.clear();
  };
  for (const char32_t c : nfc(kept)) {
    if (is_space(c))
      finish();
    else
      word += c;
  }
  finish();
  return cleaned;
}

std::vector<std::string> split_words(std::u32string_view text) {
  std::vector<std::string> words;
  const auto take = [&](std::size_t n) {
    std::string word;
    for (const char32_t c : text.substr(0, n)) append_utf8(word, c);
    words.push_back(std::move(word));
    text.remove_prefix(n);
  };
  const auto run_length = [&](auto&& member) {
    std::size_t n = 0;
    while (n < text.size() && member(text[n])) ++n;
    return n;
  };
  while (!text.empty()) {
    std::size_t n = 0;
    for (const std::u32string_view fixed : kFixed)
      if (n == 0 && text.starts_with(fixed)) n = fixed.size();
    if (n == 0) n = run_length(is_letter);
    if (n == 0 && is_number(text.front())) n = 1;
    if (n == 0)
      n = run_length([](char32_t c) { return !is_space(c) && !is_letter(c) && !is_number(c); });
    if (n == 0)
      text.remove_prefix(1);
    else
      take(n);
  }
  return words;
}

}  // namespace burin::core
