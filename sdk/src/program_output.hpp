// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Asking a program and reading what it prints.
#pragma once

#include <string>
#include <vector>

namespace burin::sdk {

struct ProgramOutput {
  std::string out, err;  ///< what it printed
  int exit_status = 0;   ///< -1: a signal ended it
};

/// Runs arguments[0], looked for in $PATH, with no descriptor and no library path of this process,
/// until it ends. Throws Error: NOT_FOUND (it cannot be started), IO (it runs longer than limit_s
/// or prints more than 16 MiB; it is then ended with all that it started).
ProgramOutput output_of(std::vector<std::string> arguments, double limit_s);

}  // namespace burin::sdk
