// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Questions to the machine: its environment, its folders, what programs say.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace burin::host {

/// "": not set.
std::string environment(const char* name);

/// The first file of this name in $PATH that may be executed.
std::optional<std::filesystem::path> program_in_path(const std::string& name);

/// For a command of output_of.
std::string quoted(const std::filesystem::path& path);

/// What the command of the shell prints within 20 s, its errors left out.
std::string output_of(const std::string& command);

/// The first "1.2" or "1.2.3" in it; "": there is none.
std::string version_in(const std::string& text);

/// $XDG_CONFIG_HOME, then those of $XDG_CONFIG_DIRS; likewise for data. What comes first wins.
std::vector<std::filesystem::path> config_folders();
std::vector<std::filesystem::path> data_folders();

}  // namespace burin::host
