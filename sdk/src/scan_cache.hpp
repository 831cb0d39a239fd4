// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What scans found, kept between processes in $XDG_CACHE_HOME/burin/modules (~/.cache/burin).
#pragma once

#include <map>

#include "module_record.hpp"

namespace burin::sdk {

/// Records by file. A cache that is missing, of another version or damaged is an empty one; one
/// that cannot be written is not kept. Nothing here throws but for memory.
class ScanCache {
 public:
  /// Reads the cache, unless `forget`.
  explicit ScanCache(bool forget);

  /// The record of exactly this file as it is, or none.
  const ModuleRecord* find(const FileStamp& stamp) const;
  void put(const ModuleRecord& record);
  void forget(const FileStamp& stamp);
  /// Writes what changed, to a temporary file that then takes the cache's name.
  void save() const;

 private:
  std::map<std::filesystem::path, ModuleRecord> records_;
  bool changed_ = false;
};

}  // namespace burin::sdk
