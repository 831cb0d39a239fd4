// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Expanding wildcards: braces from the inside out, then names, until nothing is left.
#include "prompts/wildcards.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "prompts/numpy_random.hpp"
#include "runtime/error.hpp"
#include "runtime/text.hpp"

namespace burin::core {
namespace {

constexpr int kMostRounds = 99, kMostPasses = 10000;
constexpr std::size_t kMostTextBytes = 256u << 10;
constexpr std::uint32_t kMostTaken = 1u << 30;
constexpr double kLeastWeight = 1e-9, kMostWeight = 1e9;
constexpr int kMostSearched = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("_.-+/*\\").find(c) != std::string_view::npos;
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == text.npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

// Reads digits from the front; a number that is too large counts as kMostTaken.
std::optional<std::uint32_t> take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  if (count == 0) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + count, value);
  text.remove_prefix(count);
  return error == std::errc() ? std::min(value, kMostTaken) : kMostTaken;
}

// A name between double underscores: where it begins in the text, and what it is.
struct Reference {
  std::size_t at = 0;
  std::string name;
  std::string written() const { return "__" + name + "__"; }
};

// The shortest names, from left to right, none overlapping.
std::vector<Reference> references_in(std::string_view text) {
  std::vector<Reference> found;
  for (std::size_t at = text.find("__"); at != text.npos; at = text.find("__", at)) {
    std::size_t end = at + 2;
    while (end < text.size() && is_name_char(text[end]) &&
           (end == at + 2 || text.compare(end, 2, "__") != 0))
      ++end;
    if (end > at + 2 && text.compare(end, 2, "__") == 0) {
      found.push_back({at, std::string(text.substr(at + 2, end - at - 2))});
      at = end + 2;
    } else {
      ++at;
    }
  }
  return found;
}

void replace_first(std::string& text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  if (at != text.npos) text.replace(at, what.size(), with);
}

std::string without_comments(std::string_view text) {
  std::string kept;
  bool any = false, after_comment = false;
  for (const std::string& line : split(text, "\n")) {
    const auto first = line.find_first_not_of(" \t\r\v\f");
    if (first != line.npos && line[first] == '#') {
      after_comment = true;
      continue;
    }
    if (any) kept += after_comment ? ' ' : '\n';
    if (any) after_comment = false;
    kept += line;
    any = true;
  }
  return kept;
}

struct Range {
  std::uint32_t least, most;
};

// "2", "1-3" or "-3" at the front of what stands before "$$".
std::optional<Range> read_range(std::string_view text) {
  if (const auto first = take_digits(text)) {
    if (text.size() > 1 && text[0] == '-' && is_digit(text[1])) {
      text.remove_prefix(1);
      return Range{*first, *take_digits(text)};
    }
    return Range{*first, *first};
  }
  if (text.empty() || text[0] != '-') return std::nullopt;
  text.remove_prefix(1);
  const auto most = take_digits(text);
  if (!most) return std::nullopt;
  return Range{1, *most};
}

class Expander {
 public:
  Expander(std::uint64_t seed, WildcardFiles& files) : random_(seed), files_(files) {}

  std::string run(std::string text) {
    for (int round = 0; round < kMostRounds; ++round) {
      multiply(text);
      for (int pass = 0; choose_options(text); ++pass) {
        expect_size(text);
        if (pass == kMostPasses) refuse_endless(text);
      }
      if (!replace_names(text, 0)) return as_written(std::move(text));
    }
    refuse_endless(text);
  }

 private:
  [[noreturn]] static void refuse_endless(const std::string& text) {
    throw Error(BURIN_E_JOB, "the prompt's wildcards never come to an end, at " + in_quotes(text) +
                                 "; expected none that calls itself");
  }
  [[noreturn]] static void refuse_size(const std::string& text) {
    throw Error(BURIN_E_JOB, "the prompt's wildcards grow to more than " +
                                 std::to_string(kMostTextBytes) + " bytes, at " + in_quotes(text) +
                                 "; expected a prompt");
  }
  static void expect_size(const std::string& text) {
    if (text.size() > kMostTextBytes) refuse_size(text);
  }

  // 3#__name__ to __name__|__name__|__name__.
  static void multiply(std::string& text) {
    for (std::size_t at = text.find("#__"); at != text.npos; at = text.find("#__", at)) {
      std::size_t begin = at;
      while (begin > 0 && is_digit(text[begin - 1])) --begin;
      const auto names = references_in(std::string_view(text).substr(at + 1));
      if (begin == at || names.empty() || names.front().at != 0) {
        ++at;
        continue;
      }
      std::string_view digits = std::string_view(text).substr(begin, at - begin);
      const std::uint32_t count = *take_digits(digits);
      const std::string one = "__" + lower_case(names.front().name) + "__";
      if (count * (one.size() + 1) > kMostTextBytes) refuse_size(text);
      std::string all = count == 0 ? "____" : one;
      for (std::uint32_t k = 1; k < count; ++k) all += "|" + one;
      text.replace(begin, at + 1 + names.front().name.size() + 4 - begin, all);
      at = begin + all.size();
    }
  }

  static std::string lower_case(std::string text) {
    for (char& c : text)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
  }

  // One pass over the innermost braces.
  bool choose_options(std::string& text) {
    std::string result;
    std::size_t done = 0;
    bool any = false;
    for (std::size_t open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
      const std::size_t close = text.find_first_of("{}", open + 1);
      if (close == text.npos) break;
      if (text[close] == '{') continue;
      result.append(text, done, open - done);
      result += chosen(text.substr(open + 1, close - open - 1));
      done = close + 1;
      any = true;
      if (result.size() > kMostTextBytes) expect_size(result);
    }
    if (any) text = result.append(text, done, text.npos);
    return any;
  }

  std::string chosen(const std::string& inside) {
    std::vector<std::string> options = split(inside, "|");
    std::string separator = " ";
    std::optional<Range> range;
    const std::vector<std::string> parts = split(options[0], "$$");
    if (parts.size() > 1) {
      range = read_range(stripped(parts[0]));
      if (!range || range->least > range->most)
        refuse(inside, "does not say how many to take before \"$$\"", "a number or a range");
      if (parts.size() == 2) {
        if (options.size() == 1 && !references_in(parts[1]).empty())
          options = options_of_names(parts[1]);
        else
          options[0] = parts[1];
      } else if (parts.size() == 3) {
        separator = parts[1];
        options[0] = parts[2];
      }
    }
    std::vector<double> weights = weights_of(options, inside);
    std::uint32_t count = 1;
    if (range) count = range->least + random_.below(range->most - range->least + 1);
    std::vector<std::string> taken;
    if (count > options.size()) {
      random_.shuffle(options);
      taken = options;
    } else {
      const auto possible = static_cast<std::size_t>(
          std::count_if(weights.begin(), weights.end(), [](double weight) { return weight > 0; }));
      if (possible == 0 && count > 0) refuse(inside, "has only weights of 0", "one above 0");
      if (count > 0)
        for (const std::size_t index :
             random_.choose(weights, std::min<std::size_t>(count, possible)))
          taken.push_back(options[index]);
    }
    std::string joined;
    for (std::size_t i = 0; i < taken.size(); ++i)
      joined += (i ? separator : "") + without_weight(taken[i]);
    return joined;
  }

  [[noreturn]] static void refuse(const std::string& inside, const std::string& why,
                                  const std::string& expected) {
    throw Error(BURIN_E_JOB, "the prompt's choice " + in_quotes("{" + inside + "}") + " " + why +
                                 "; expected " + expected);
  }

  static std::vector<double> weights_of(const std::vector<std::string>& options,
                                        const std::string& inside) {
    std::vector<double> weights;
    for (const std::string& option : options) {
      double weight = 1;
      const std::size_t colons = option.find("::");
      const std::string_view text = colons == option.npos
                                        ? std::string_view()
                                        : stripped(std::string_view(option).substr(0, colons));
      if (is_plain_number(text)) std::from_chars(text.data(), text.data() + text.size(), weight);
      if (!(weight >= 0 && weight <= kMostWeight))
        refuse(inside, "has the weight " + std::string(text), "0 to 1000000000");
      weights.push_back(weight < kLeastWeight ? 0 : weight);
    }
    return weights;
  }

  static std::string without_weight(const std::string& option) {
    const std::size_t first = std::min(option.find_first_not_of(" \t\r\n\v\f"), option.size());
    const std::size_t end = std::min(option.find_first_not_of("0123456789.", first), option.size());
    return end > first && option.compare(end, 2, "::") == 0 ? option.substr(end + 2) : option;
  }

  // The options of a name that is there, of all that a pattern finds, or none; in `storage` where
  // they are made for the call.
  const WildcardFiles::Options& options_of(const std::string& name,
                                           WildcardFiles::Options& storage) {
    const std::string normal = wildcard_name(name);
    if (const auto* options = files_.find(normal)) {
      if (options->empty())
        throw Error(BURIN_E_JOB, "the wildcard " + in_quotes("__" + name + "__") +
                                     " has a file without options; expected one at least");
      return *options;
    }
    storage.clear();
    if (normal.find('*') != normal.npos) storage = files_.matching(normal);
    return storage;
  }

  WildcardFiles::Options options_of_names(const std::string& text) {
    WildcardFiles::Options all, storage;
    for (const Reference& reference : references_in(text)) {
      const auto* options = &options_of(reference.name, storage);
      if (options->empty() && searches_everywhere(reference.name))
        options = &options_of("*/" + reference.name, storage);
      all.insert(all.end(), options->begin(), options->end());
    }
    return all;
  }

  static bool searches_everywhere(const std::string& name) {
    return name.find_first_of("*/\\") == name.npos;
  }

  // A draw is made for each name of the text as it was, also where an earlier name's search took
  // its place: so many are the reference's.
  bool replace_names(std::string& text, int searched) {
    if (searched > kMostSearched)
      throw Error(BURIN_E_JOB,
                  "the prompt has more than " + std::to_string(kMostSearched) +
                      " wildcards without a folder that lie in folders or nowhere, at " +
                      in_quotes(text) + "; expected fewer");
    bool any = false;
    WildcardFiles::Options storage;
    for (const Reference& reference : references_in(text)) {
      const WildcardFiles::Options& options = options_of(reference.name, storage);
      if (!options.empty()) {
        const std::size_t index = random_.below(static_cast<std::uint32_t>(options.size()));
        replace_first(text, reference.written(), options[index]);
        any = true;
        expect_size(text);
      } else if (searches_everywhere(reference.name)) {
        searched_.insert(reference.name);
        replace_first(text, reference.written(), "__*/" + reference.name + "__");
        any = replace_names(text, searched + 1);
      }
    }
    return any;
  }

  // Names that were searched for everywhere and found nowhere.
  std::string as_written(std::string text) const {
    for (const std::string& name : searched_) {
      const std::string pattern = "__*/" + name + "__";
      for (std::size_t at = text.find(pattern); at != text.npos; at = text.find(pattern, at))
        text.replace(at, pattern.size(), "__" + name + "__");
    }
    return text;
  }

  NumpyRandom random_;
  WildcardFiles& files_;
  std::set<std::string> searched_;
};

}  // namespace

std::string_view stripped(std::string_view text) {
  constexpr std::string_view blank = " \t\n\r\v\f\x1c\x1d\x1e\x1f";
  const auto first = text.find_first_not_of(blank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

bool is_plain_number(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  const auto digits = std::count_if(text.begin(), text.end(), is_digit);
  const auto points = std::count(text.begin(), text.end(), '.');
  return digits > 0 && points <= 1 && digits + points == static_cast<std::ptrdiff_t>(text.size());
}

ExpandedText expand_wildcards(std::string_view text, std::uint64_t seed, WildcardFiles& files) {
  if (text.size() > kMostTextBytes)
    throw Error(BURIN_E_JOB, "the prompt has " + std::to_string(text.size()) +
                                 " bytes; expected at most " + std::to_string(kMostTextBytes));
  ExpandedText expanded{Expander(seed, files).run(without_comments(text)), {}};
  for (const Reference& reference : references_in(expanded.text))
    expanded.unknown.push_back(reference.written());
  return expanded;
}

}  // namespace burin::core
