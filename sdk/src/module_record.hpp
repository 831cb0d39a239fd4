// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What is known of a module file without opening it: its descriptors, or what is wrong with it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "burin/entry.h"

namespace burin::sdk {

/// A descriptor whose texts are its own.
class StoredDescriptor {
 public:
  static constexpr size_t text_count = 7;

  explicit StoredDescriptor(const burin_descriptor& described);
  /// texts: id, role, name, version, vendor, licence, description.
  StoredDescriptor(std::vector<std::string> texts, burin_cuda_use cuda);
  StoredDescriptor(const StoredDescriptor&) = delete;
  StoredDescriptor& operator=(const StoredDescriptor&) = delete;

  const burin_descriptor& get() const { return descriptor_; }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  void point_to_texts();

  std::vector<std::string> texts_;
  burin_descriptor descriptor_ = {};
};

/// A file as it was looked at.
struct FileStamp {
  std::filesystem::path path;  ///< absolute, without links
  int64_t size = 0;
  int64_t modified_ns = 0;

  bool operator==(const FileStamp&) const = default;
};

/// The stamp of `path` as it is now, or none when it is no file.
std::optional<FileStamp> stamp_of(const std::filesystem::path& path);

struct ModuleRecord {
  FileStamp stamp;
  std::vector<std::shared_ptr<const StoredDescriptor>> descriptors;
  burin_status status = BURIN_OK;  ///< of what is wrong
  std::string problem;             ///< a sentence; "": nothing
  bool lasting = true;  ///< false: the file as it is may be fine later (a library was missing)
};

/// One record in lines of text, ended by one that says so.
std::string to_text(const ModuleRecord& record);

/// Takes one record off the front of `text`; none, and `text` untouched, for anything that to_text
/// does not write.
std::optional<ModuleRecord> take_record(std::string_view& text);

}  // namespace burin::sdk
