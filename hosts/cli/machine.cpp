// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Environment variables with the defaults of the XDG base directories, and programs by popen.
#include "cli/machine.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <regex>
#include <sstream>

namespace burin::host {

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> base_folders(const char* own, const char* own_default, const char* system,
                                   const char* system_default) {
  const std::string home = environment(own), rest = environment(system);
  std::vector<fs::path> folders = {home.empty() ? fs::path(environment("HOME")) / own_default
                                                : fs::path(home)};
  std::istringstream list(rest.empty() ? system_default : rest);
  for (std::string folder; std::getline(list, folder, ':');) {
    if (!folder.empty()) folders.emplace_back(folder);
  }
  return folders;
}

}  // namespace

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::optional<fs::path> program_in_path(const std::string& name) {
  std::istringstream folders(environment("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path file = fs::path(folder.empty() ? "." : folder) / name;
    if (access(file.c_str(), X_OK) == 0 && !fs::is_directory(file)) return file;
  }
  return std::nullopt;
}

std::string quoted(const fs::path& path) {
  std::string out = "'";
  for (char c : path.string()) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
      popen(("LC_ALL=C timeout 20 " + command + " 2>/dev/null </dev/null").c_str(), "r"), pclose);
  std::string text;
  char chunk[512];
  while (pipe && std::fgets(chunk, sizeof chunk, pipe.get())) text += chunk;
  return text;
}

std::string version_in(const std::string& text) {
  std::smatch found;
  return std::regex_search(text, found, std::regex("[0-9]+\\.[0-9]+(\\.[0-9]+)?")) ? found.str()
                                                                                   : "";
}

std::vector<fs::path> config_folders() {
  return base_folders("XDG_CONFIG_HOME", ".config", "XDG_CONFIG_DIRS", "/etc/xdg");
}

std::vector<fs::path> data_folders() {
  return base_folders("XDG_DATA_HOME", ".local/share", "XDG_DATA_DIRS",
                      "/usr/local/share:/usr/share");
}

}  // namespace burin::host
