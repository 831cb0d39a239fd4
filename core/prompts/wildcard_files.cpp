// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Finding and reading the files of wildcards.
#include "prompts/wildcard_files.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <utility>

#include "runtime/error.hpp"
#include "runtime/text.hpp"

namespace burin::core {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostFileBytes = 64u << 20;
constexpr std::size_t kMostFiles = 100000;

std::string latin1_to_utf8(std::string_view text) {
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xC0 | byte >> 6);
      utf8 += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return utf8;
}

std::string read_text(const fs::path& file) {
  const std::string what = "the wildcard file " + in_quotes(file.string(), 400);
  std::error_code code;
  const std::uintmax_t size = fs::file_size(file, code);
  if (!code && size > kMostFileBytes)
    throw Error(BURIN_E_JOB, what + " has " + std::to_string(size) + " bytes; expected at most " +
                                 std::to_string(kMostFileBytes));
  std::string text(code ? 0 : static_cast<std::size_t>(size), '\0');
  std::ifstream stream(file, std::ios::binary);
  if (code || !stream.read(text.data(), static_cast<std::streamsize>(text.size())))
    throw Error(BURIN_E_IO, what + " cannot be read");
  if (invalid_utf8_at(text)) return latin1_to_utf8(text);
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.compare(0, byte_order_mark.size(), byte_order_mark) == 0)
    text.erase(0, byte_order_mark.size());
  return text;
}

bool is_comment(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\v\f");
  return first != line.npos && line[first] == '#';
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    if (!is_comment(text.substr(0, end))) lines.emplace_back(text.substr(0, end));
    const bool two = text.substr(end, 2) == "\r\n";
    text.remove_prefix(std::min(end + (two ? 2 : 1), text.size()));
  }
  return lines;
}

// Whether the pattern matches the beginning of the name.
bool begins(std::string_view pattern, std::string_view name) {
  // Greedy with one point to go back to: enough where every '*' may take anything.
  std::size_t p = 0, n = 0, star = pattern.npos, taken = 0;
  while (p < pattern.size()) {
    if (pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (n < name.size() && (pattern[p] == '.' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != pattern.npos && taken < name.size()) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  return true;
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files, waiting{folder};
  std::set<fs::path> seen;
  while (!waiting.empty()) {
    const fs::path here = std::move(waiting.back());
    waiting.pop_back();
    std::error_code code;
    const fs::path real = fs::canonical(here, code);
    if (code || !seen.insert(real).second) continue;
    for (const auto& entry : fs::directory_iterator(here, code)) {
      std::error_code ignored;
      if (entry.is_directory(ignored))
        waiting.push_back(entry.path());
      else if (entry.is_regular_file(ignored))
        files.push_back(entry.path());
      if (files.size() > kMostFiles)
        throw Error(BURIN_E_JOB, "the wildcard folder " + in_quotes(folder.string(), 400) +
                                     " holds more than " + std::to_string(kMostFiles) +
                                     " files; expected fewer");
    }
    if (code)
      throw Error(BURIN_E_IO, "the wildcard folder " + in_quotes(here.string(), 400) +
                                  " cannot be read: " + code.message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::string wildcard_name(std::string_view written) {
  std::string name(written);
  for (char& c : name) {
    if (c == '\\') c = '/';
    if (c == ' ') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

WildcardFiles::WildcardFiles(std::vector<fs::path> folders) : folders_(std::move(folders)) {}

void WildcardFiles::index() {
  if (std::exchange(indexed_, true)) return;
  for (const fs::path& folder : folders_) index_folder(folder);
}

void WildcardFiles::index_folder(const fs::path& folder) {
  std::error_code code;
  if (!fs::is_directory(folder, code))
    throw Error(BURIN_E_NOT_FOUND,
                "there is no wildcard folder " + in_quotes(folder.string(), 400));
  const std::vector<fs::path> files = files_below(folder);
  for (const fs::path& file : files)
    if (file.extension() == ".txt")
      entries_.try_emplace(
          wildcard_name(file.lexically_relative(folder).replace_extension().string()),
          Entry{file, {}});
  for (const fs::path& file : files) {
    if (file.extension() != ".yaml" && file.extension() != ".yml") continue;
    auto lists =
        read_wildcard_yaml(read_text(file), "the wildcard file " + in_quotes(file.string(), 400));
    for (auto& [name, options] : lists) entries_.try_emplace(name, Entry{{}, std::move(options)});
  }
}

const WildcardFiles::Options& WildcardFiles::options_of(Entry& entry) {
  if (!entry.file.empty()) {
    entry.options = lines_of(read_text(entry.file));
    entry.file.clear();
  }
  return entry.options;
}

const WildcardFiles::Options* WildcardFiles::find(const std::string& name) {
  index();
  const auto entry = entries_.find(name);
  return entry == entries_.end() ? nullptr : &options_of(entry->second);
}

WildcardFiles::Options WildcardFiles::matching(std::string_view pattern) {
  index();
  Options all;
  for (auto& [name, entry] : entries_) {
    if (!begins(pattern, name + "/")) continue;
    const Options& options = options_of(entry);
    all.insert(all.end(), options.begin(), options.end());
  }
  return all;
}

std::string WildcardFiles::nearest_name(const std::string& name) {
  index();
  std::vector<std::string_view> names;
  for (const auto& [known, entry] : entries_) names.push_back(known);
  return std::string(nearest(name, names));
}

}  // namespace burin::core
