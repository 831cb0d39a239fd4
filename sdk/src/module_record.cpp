// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Records as text: one line each, fields between tabs, a line "end" last.
#include "module_record.hpp"

#include <sys/stat.h>

#include <charconv>
#include <utility>

namespace burin::sdk {
namespace {

constexpr size_t most_descriptors = 1024;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (text[i] == '\\') {
      out += '\\';
    } else if (text[i] == 't') {
      out += '\t';
    } else if (text[i] == 'n') {
      out += '\n';
    } else {
      return std::nullopt;
    }
  }
  return out;
}

// The fields of the first line, which is taken off `text`; none without a whole line.
std::optional<std::vector<std::string>> take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  std::vector<std::string> fields;
  for (size_t begin = 0; begin <= line.size();) {
    const size_t stop = std::min(line.find('\t', begin), line.size());
    auto field = unescaped(line.substr(begin, stop - begin));
    if (!field) return std::nullopt;
    fields.push_back(std::move(*field));
    begin = stop + 1;
  }
  return fields;
}

template <typename Number>
bool read(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end;
}

bool read_descriptor(const std::vector<std::string>& fields, ModuleRecord& record) {
  burin_cuda_use cuda = 0;
  if (fields.size() != 2 + StoredDescriptor::text_count || !read(fields[1], cuda) ||
      record.descriptors.size() == most_descriptors) {
    return false;
  }
  record.descriptors.push_back(std::make_shared<StoredDescriptor>(
      std::vector<std::string>(fields.begin() + 2, fields.end()), cuda));
  return true;
}

bool read_problem(const std::vector<std::string>& fields, ModuleRecord& record) {
  int lasting = 0;
  if (fields.size() != 4 || !read(fields[1], record.status) || !read(fields[2], lasting) ||
      record.status == BURIN_OK || fields[3].empty()) {
    return false;
  }
  record.lasting = lasting != 0;
  record.problem = fields[3];
  return true;
}

}  // namespace

StoredDescriptor::StoredDescriptor(const burin_descriptor& d) {
  for (const char* text : {d.id, d.role, d.name, d.version, d.vendor, d.licence, d.description}) {
    texts_.emplace_back(text ? text : "");
  }
  descriptor_.cuda = d.cuda;
  point_to_texts();
}

StoredDescriptor::StoredDescriptor(std::vector<std::string> texts, burin_cuda_use cuda)
    : texts_(std::move(texts)) {
  texts_.resize(text_count);
  descriptor_.cuda = cuda;
  point_to_texts();
}

void StoredDescriptor::point_to_texts() {
  descriptor_.struct_size = sizeof(descriptor_);
  descriptor_.id = texts_[0].c_str();
  descriptor_.role = texts_[1].c_str();
  descriptor_.name = texts_[2].c_str();
  descriptor_.version = texts_[3].c_str();
  descriptor_.vendor = texts_[4].c_str();
  descriptor_.licence = texts_[5].c_str();
  descriptor_.description = texts_[6].c_str();
}

std::optional<FileStamp> stamp_of(const std::filesystem::path& path) {
  struct stat file = {};
  if (stat(path.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) return std::nullopt;
  return FileStamp{path, file.st_size,
                   int64_t(file.st_mtim.tv_sec) * 1'000'000'000 + file.st_mtim.tv_nsec};
}

std::string to_text(const ModuleRecord& record) {
  std::string text = "module\t" + escaped(record.stamp.path.native()) + '\t' +
                     std::to_string(record.stamp.size) + '\t' +
                     std::to_string(record.stamp.modified_ns) + '\n';
  for (const auto& descriptor : record.descriptors) {
    text += "descriptor\t" + std::to_string(descriptor->get().cuda);
    for (const std::string& field : descriptor->texts()) text += '\t' + escaped(field);
    text += '\n';
  }
  if (!record.problem.empty()) {
    text += "problem\t" + std::to_string(record.status) + '\t' + (record.lasting ? "1\t" : "0\t") +
            escaped(record.problem) + '\n';
  }
  return text + "end\n";
}

std::optional<ModuleRecord> take_record(std::string_view& text) {
  std::string_view rest = text;
  ModuleRecord record;
  auto fields = take_line(rest);
  if (!fields || fields->size() != 4 || fields->front() != "module" ||
      !read((*fields)[2], record.stamp.size) || !read((*fields)[3], record.stamp.modified_ns)) {
    return std::nullopt;
  }
  record.stamp.path = (*fields)[1];
  while ((fields = take_line(rest))) {
    const std::string& kind = fields->front();
    if (kind == "end" && fields->size() == 1) {
      if (record.problem.empty() == record.descriptors.empty()) return std::nullopt;
      text = rest;
      return record;
    }
    const bool good = kind == "descriptor" ? read_descriptor(*fields, record)
                                           : kind == "problem" && read_problem(*fields, record);
    if (!good) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace burin::sdk
