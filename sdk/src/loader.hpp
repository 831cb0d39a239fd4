// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A host and the modules it has opened.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "burin/ext/image_reader.h"
#include "burin/ext/log.h"
#include "burin/ext/modules.h"
#include "burin/loader.h"
#include "module_file.hpp"
#include "module_record.hpp"
#include "scan_cache.hpp"

namespace burin::sdk {

/// One thing a module plays.
struct Offer {
  ModuleFile* file;  ///< nullptr: was looked at, not opened yet
  const burin_descriptor* descriptor;
  std::string path;
  std::string data_dir;                            ///< "": none
  std::shared_ptr<const StoredDescriptor> stored;  ///< what descriptor points to, unless the file's
};

/// A file in the search path that is not used, wholly or in part.
struct Problem {
  std::string path;
  burin_status status;
  std::string sentence;
};

/// Everything behind a burin_loader. Every function may be called from any thread; throws Error.
class Loader {
 public:
  explicit Loader(const burin_loader_options* options);
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  ~Loader();

  const burin_host& host() const { return host_; }
  void open(const std::filesystem::path& file);

  struct Served {
    const void* interface;
    const char* data_dir;
  };
  Served find(const std::string& role, const std::string& name);

  struct Extension {
    const void* interface;  ///< nullptr: the module has none of this id
    const char* id;         ///< of the descriptor
  };
  Extension extension(const std::string& role, const std::string& name, const char* extension);

  /// The modules that play `role` ("": any), first in precedence first; pointers live as long as
  /// the loader.
  std::vector<const Offer*> offers(const std::string& role);

  /// What is wrong with files of the search path, in its order; pointers live as long as the
  /// loader.
  std::vector<const Problem*> problems();

  void log(burin_log_severity severity, const char* text) const noexcept;

 private:
  void ensure_core();
  void ensure_searched();
  ModuleFile* open_file(const std::filesystem::path& file);
  ModuleFile& opened(Offer& offer);
  bool is_known(const std::filesystem::path& file) const;
  static ModuleRecord record_of(const FileStamp& stamp, ScanCache& cache);
  void add(const std::filesystem::path& file);
  void add_record(const ModuleRecord& record);
  void offer(Offer offer);
  void add_problem(const std::filesystem::path& file, burin_status status,
                   const std::string& sentence);
  Offer& wanted(const std::string& role, const std::string& name);
  Offer* choose(const std::string& role, const std::string& name) const;
  [[noreturn]] void nothing_for(const std::string& role, const std::string& name) const;

  static const void* get_interface(const burin_host* host, const char* id);
  static void set_error(const burin_host* host, const char* utf8);
  static void write_log(const burin_host* host, burin_log_severity severity, const char* text);
  static burin_status read_image(const burin_host* host, const char* path, burin_tensor* out);
  static const void* find_module(const burin_host* host, const char* role, const char* name,
                                 const char** data_dir);
  static const void* find_extension(const burin_host* host, const char* role, const char* name,
                                    const char* extension, const char** id);
  static size_t count_modules(const burin_host* host, const char* role);
  static const burin_descriptor* module_descriptor(const burin_host* host, const char* role,
                                                   size_t index);

  std::string name_, version_;
  std::vector<std::filesystem::path> given_dirs_;
  void* ctx_ = nullptr;
  void (*log_)(void*, burin_log_severity, const char*) = nullptr;
  burin_status (*read_image_)(void*, const char*, burin_tensor*) = nullptr;
  burin_host host_ = {};
  burin_log log_api_ = {};
  burin_modules modules_api_ = {};
  burin_image_reader image_reader_api_ = {};

  // Recursive: a module's init may itself look for other modules.
  std::recursive_mutex mutex_;
  std::vector<std::unique_ptr<ModuleFile>> files_;
  std::vector<std::unique_ptr<Offer>> offers_;
  std::vector<std::unique_ptr<Problem>> problems_;
  bool rescan_ = false;
  bool core_tried_ = false;
  bool searched_ = false;
};

}  // namespace burin::sdk
