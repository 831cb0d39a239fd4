// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A call of one of the procedures, from GIMP's menu or from a script.
#pragma once

#include <string>
#include <vector>

#include "shared/gimp/procedures.hpp"
#include "shared/gimp/work.hpp"

namespace burin::gimp {

enum class Mode { dialog, script, last_values };

/// Of GIMP's run mode.
Mode mode_of(int run_mode);

struct Call {
  Command command = Command::faces;
  Mode mode = Mode::dialog;
  gint32 image = -1;
  std::vector<gint32> drawables;  ///< what is chosen in the image
  /// Of a script: see kSettings.
  std::string model, prompt, seed, options;
  double denoise = 0;
  int size = 0;
};

/// Does it, and shows in dialogs and GIMP's messages what is not an error. Throws sdk::Error with a
/// sentence for GIMP to show; CANCELLED where a dialog was given up.
Outcome perform(const Call& call);

}  // namespace burin::gimp
