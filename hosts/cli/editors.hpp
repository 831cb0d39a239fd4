// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The editors of this machine, and whether Burin's plug-in will load in them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace burin::host {

struct EditorReport {
  std::string name, version;  ///< "GIMP", "2.10.34"; version "": the editor did not say
  std::filesystem::path program;
  std::optional<std::filesystem::path> plug_in;  ///< none: not installed
  bool loads = false;
  std::string advice;  ///< why not, and what to do; "": nothing to say
};

/// What is found in $PATH; runs the editors with --version, and ldd.
std::vector<EditorReport> examine_editors();

/// Whether the file can be run: a sentence says why not; "": it can.
std::string why_it_does_not_run(const std::filesystem::path& file);

}  // namespace burin::host
