// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One module file: opened with Boost.DLL, checked, initialised on demand, never unmapped.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "burin/cpp/error.hpp"
#include "burin/entry.h"

namespace burin::sdk {

/// The dynamic linker refused the file: another day, with other libraries, it may not.
class LoadFailure : public Error {
 public:
  using Error::Error;
};

/// An open module. Its code stays loaded to the end of the process; destruction calls deinit when
/// init was called.
class ModuleFile {
 public:
  /// Opens and checks `file` without initialising it. Throws Error: NOT_FOUND (no such file),
  /// INVALID (no library: a LoadFailure; no burin_entry, or descriptors that break their contract),
  /// UNSUPPORTED (another ABI major).
  explicit ModuleFile(const std::filesystem::path& file);
  ModuleFile(const ModuleFile&) = delete;
  ModuleFile& operator=(const ModuleFile&) = delete;
  ~ModuleFile();

  const std::filesystem::path& path() const { return path_; }
  const std::vector<const burin_descriptor*>& descriptors() const { return descriptors_; }

  /// The interface of descriptor `id`, after init with `host`: a table of a known role begins with
  /// its struct_size and has the functions of the first revision. Throws Error with init's status,
  /// INTERNAL when the module serves nothing for an id it described, INVALID for a table that is
  /// shorter or lacks a function.
  const void* interface(const burin_host& host, const char* id);

  /// What descriptor `id` offers as `extension`, after init with `host`; nullptr: nothing. Throws
  /// Error with init's status, INVALID for a table of Burin's that is shorter or lacks a function,
  /// and for parameters that break their contract.
  const void* extension(const burin_host& host, const char* id, const char* extension);

 private:
  void initialise(const burin_host& host);
  void require_whole(const char* id, const char* what, const void* table) const;

  std::filesystem::path path_;
  const burin_plugin_entry* entry_ = nullptr;
  std::vector<const burin_descriptor*> descriptors_;
  bool initialised_ = false;
};

}  // namespace burin::sdk
