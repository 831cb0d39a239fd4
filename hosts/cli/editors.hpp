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
  bool broken = false;                          ///< it is installed and something is wrong with it
  std::optional<std::filesystem::path> worker;  ///< the program burin that it will start
  std::string advice;                           ///< why not, and what to do; "": nothing to say
};

/// What is found in $PATH; runs the editors with --version, ldd and python3.
std::vector<EditorReport> examine_editors();

/// Krita of $PATH; none where there is none.
std::optional<EditorReport> examine_krita();

/// The program burin that a plug-in at this place starts: $BURIN_PROGRAM, that of the installation
/// it belongs to, that of $PATH.
std::optional<std::filesystem::path> worker_of(const std::filesystem::path& plug_in);

/// Whether the file can be run: a sentence says why not; "": it can.
std::string why_it_does_not_run(const std::filesystem::path& file);

}  // namespace burin::host
