// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The search path: environment, home folder, and folders beside libburin.
#define BOOST_DLL_USE_STD_FS
#include "search_path.hpp"

#include <algorithm>
#include <boost/dll/runtime_symbol_info.hpp>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include "burin/cpp/error.hpp"

namespace burin::sdk {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view core_file = "libburin_core.so";

std::optional<fs::path> from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return fs::path(value);
}

fs::path library_dir() {
  static const fs::path dir = [] {
    const fs::path file = boost::dll::this_line_location();
    std::error_code error;
    const fs::path real = fs::canonical(file, error);
    return (error ? fs::absolute(file) : real).parent_path();
  }();
  return dir;
}

std::vector<fs::path> split_path(const std::string& list) {
  std::vector<fs::path> parts;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(':', begin), list.size());
    if (end > begin) parts.emplace_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

std::string fault_of(const fs::path& path) {
  std::error_code error;
  switch (fs::status(path, error).type()) {
    case fs::file_type::regular:
      return "";
    case fs::file_type::directory:
      return "it is a folder";
    case fs::file_type::not_found:
      return "it is a link to nothing";
    case fs::file_type::none:
      return "it cannot be looked at (" + error.message() + ")";
    default:
      return "it is a pipe, a socket or a device";
  }
}

std::optional<fs::path> shared_models_above(fs::path dir) {
  while (dir.has_relative_path()) {
    const fs::path models = dir / "share/burin/models";
    if (is_folder(models)) return models;
    dir = dir.parent_path();
  }
  return std::nullopt;
}

}  // namespace

std::vector<fs::path> plugin_dirs() {
  std::vector<fs::path> dirs;
  if (const auto given = from_environment("BURIN_PLUGIN_PATH")) dirs = split_path(given->string());
  if (const auto home = from_environment("HOME")) {
    dirs.push_back(*home / ".local/lib/burin/plugins");
  }
  dirs.push_back(library_dir() / "burin/plugins");
  return dirs;
}

std::vector<PluginFile> plugin_files(const fs::path& dir) {
  std::vector<PluginFile> files;
  std::error_code error;
  fs::directory_iterator it(dir, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    const fs::path& path = it->path();
    if (path.extension() == ".burin") files.push_back({path, fault_of(path)});
  }
  if (error) {
    throw Error(BURIN_E_IO,
                "The folder " + dir.string() + " is not searched: " + error.message() + ".");
  }
  std::sort(files.begin(), files.end(),
            [](const PluginFile& a, const PluginFile& b) { return a.path < b.path; });
  return files;
}

std::vector<fs::path> core_candidates() {
  std::vector<fs::path> files;
  if (const auto given = from_environment("BURIN_CORE_PATH")) {
    return {is_folder(*given) ? *given / core_file : *given};
  }
  files.push_back(library_dir() / "burin" / core_file);
  files.push_back(library_dir() / core_file);
  return files;
}

fs::path scan_program() { return library_dir() / "burin/burin-scan"; }

std::optional<fs::path> scan_cache_file() {
  if (const auto given = from_environment("XDG_CACHE_HOME"); given && given->is_absolute()) {
    return *given / "burin/modules";
  }
  if (const auto home = from_environment("HOME")) return *home / ".cache/burin/modules";
  return std::nullopt;
}

std::optional<fs::path> data_dir(const fs::path& module_file) {
  if (const auto given = from_environment("BURIN_DATA_DIR")) return *given / "models";
  const fs::path beside = module_file.parent_path() / "models";
  if (is_folder(beside)) return beside;
  if (auto above = shared_models_above(module_file.parent_path())) return above;
  return shared_models_above(library_dir());
}

}  // namespace burin::sdk
