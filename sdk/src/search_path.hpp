// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Where modules and their data files are looked for; see burin/loader.h for the order.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace burin::sdk {

/// Folders with *.burin files after those the program gave; some may not exist.
std::vector<std::filesystem::path> plugin_dirs();

/// What a folder holds under a module's name.
struct PluginFile {
  std::filesystem::path path;
  std::string fault;  ///< why it is no module ("it is a folder"); "": it is a file
};

/// The *.burin entries of `dir` by name; none when it is not there. Throws Error (IO) with a
/// sentence when it is and cannot be read.
std::vector<PluginFile> plugin_files(const std::filesystem::path& dir);

/// Files that may be the engine module, best first; some may not exist.
std::vector<std::filesystem::path> core_candidates();

/// The program that looks at modules; it may not exist.
std::filesystem::path scan_program();

/// Where what it found is kept, or none without a home.
std::optional<std::filesystem::path> scan_cache_file();

/// The folder of a module's data files, or none.
std::optional<std::filesystem::path> data_dir(const std::filesystem::path& module_file);

}  // namespace burin::sdk
