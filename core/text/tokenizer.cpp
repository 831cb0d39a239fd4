// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Byte-pair encoding over CLIP's merges.
#include "text/tokenizer.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

#include "text/clean_text.hpp"
#include "text/clip_merges.hpp"

namespace burin::core {
namespace {

constexpr std::string_view kStartText = "<|startoftext|>", kEndText = "<|endoftext|>";
constexpr std::string_view kWordEnd = "</w>";

// Each byte as a printable character, in UTF-8: printable Latin-1 stands for itself, the other 68
// bytes follow from U+0100 on.
std::array<std::string, 256> byte_symbols() {
  const auto itself = [](int b) {
    return (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174 && b <= 255);
  };
  const auto utf8 = [](int c) {
    return c < 128 ? std::string(1, static_cast<char>(c))
                   : std::string{static_cast<char>(0xC0 | (c >> 6)),
                                 static_cast<char>(0x80 | (c & 0x3F))};
  };
  std::array<std::string, 256> symbols;
  for (int b = 0, next = 256; b < 256; ++b)
    symbols[static_cast<std::size_t>(b)] = utf8(itself(b) ? b : next++);
  return symbols;
}

struct Vocabulary {
  std::array<std::string, 256> bytes = byte_symbols();
  std::unordered_map<std::string, std::int32_t> ids;
  std::unordered_map<std::string, int> ranks;  // "left right"

  // Ids: the 256 byte symbols (printable ones first), the same ending a word, then one for each
  // merge.
  Vocabulary() {
    std::vector<std::string> symbols;
    for (const bool self : {true, false})
      for (int b = 0; b < 256; ++b) {
        const bool printable =
            (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174 && b <= 255);
        if (printable == self) symbols.push_back(bytes[static_cast<std::size_t>(b)]);
      }
    std::int32_t id = 0;
    for (const std::string& s : symbols) ids.emplace(s, id++);
    for (const std::string& s : symbols) ids.emplace(s + std::string(kWordEnd), id++);
    std::string_view rest = clip_merges();
    for (int rank = 0; !rest.empty(); ++rank) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t space = line.find(' ');
      ids.emplace(std::string(line.substr(0, space)) + std::string(line.substr(space + 1)), id++);
      ranks.emplace(line, rank);
    }
  }
};

const Vocabulary& vocabulary() {
  static const Vocabulary instance;
  return instance;
}

void encode_word(const Vocabulary& v, const std::string& word, std::vector<std::int32_t>& out) {
  std::vector<std::string> symbols;
  for (const char c : word) symbols.push_back(v.bytes[static_cast<unsigned char>(c)]);
  symbols.back() += kWordEnd;
  while (symbols.size() > 1) {
    int best = std::numeric_limits<int>::max();
    std::string left, right;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = v.ranks.find(symbols[i] + ' ' + symbols[i + 1]);
      if (found == v.ranks.end() || found->second >= best) continue;
      best = found->second;
      left = symbols[i];
      right = symbols[i + 1];
    }
    if (best == std::numeric_limits<int>::max()) break;
    std::vector<std::string> merged;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      if (i + 1 < symbols.size() && symbols[i] == left && symbols[i + 1] == right) {
        merged.push_back(left + right);
        ++i;
      } else {
        merged.push_back(symbols[i]);
      }
    }
    symbols = std::move(merged);
  }
  for (const std::string& s : symbols) {
    const auto found = v.ids.find(s);
    out.push_back(found == v.ids.end() ? kEndToken : found->second);
  }
}

}  // namespace

std::vector<std::int32_t> tokenize(std::string_view text) {
  const Vocabulary& v = vocabulary();
  std::vector<std::int32_t> out;
  const auto encode = [&](std::string_view part) {
    for (const std::string& word : split_words(clean_text(part))) {
      if (word == kStartText)
        out.push_back(kStartToken);
      else if (word == kEndText)
        out.push_back(kEndToken);
      else
        encode_word(v, word, out);
    }
  };
  // Special tokens are cut out first, so that punctuation before them does not swallow their
  // bracket.
  while (!text.empty()) {
    const std::size_t start = text.find(kStartText), end = text.find(kEndText);
    const std::size_t cut = std::min(start, end);
    encode(text.substr(0, cut));
    if (cut == std::string_view::npos) break;
    out.push_back(start < end ? kStartToken : kEndToken);
    text.remove_prefix(cut + (start < end ? kStartText : kEndText).size());
  }
  return out;
}

}  // namespace burin::core
