// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Runs something in a process of its own: what it said, how it ended, how long it took.
#pragma once

#include <functional>
#include <string>

#include "case.hpp"

namespace burin::check {

using Note = std::function<void(const std::string&)>;

struct Outcome {
  Verdict verdict;
  std::string last_note;  ///< what was about to happen when the process ended
  std::string output;     ///< what it wrote on stdout and stderr, its last 16 KiB
  double seconds = 0;
};

struct Isolation {
  double limit_s = 10;       ///< afterwards the process is killed and the verdict is fail
  bool own_process = true;   ///< false: here, for a debugger; nothing is caught but findings
  bool show_output = false;  ///< the process writes where the checker does
};

/// Runs `body`: no throw is pass, a Finding its verdict, any other exception fail, a dead process
/// crash. `heard` gets each note as it comes. Under AddressSanitizer a leak is fail.
Outcome isolated(const std::function<void(const Note&)>& body, const Isolation& how,
                 const Note& heard = {});

}  // namespace burin::check
