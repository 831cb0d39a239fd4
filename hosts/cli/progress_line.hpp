// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One line that says how far a run is.
#pragma once

#include <cstdio>
#include <string>

#include "burin/cpp/run.hpp"

namespace burin::host {

/// "[########----------------]  33 %  sample: face 2 of 6, step 3 of 16  0:12 left", cut to
/// `columns`.
std::string progress_text(const sdk::Progress& progress, int columns);

/// Rewrites one line of a terminal; elsewhere it stays silent. Gone when destroyed.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { clear(); }

  void show(const sdk::Progress& progress);
  void clear();

 private:
  bool wanted_, shown_ = false;
};

}  // namespace burin::host
