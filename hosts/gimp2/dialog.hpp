// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The dialogs, in GTK 2: settings, faces to tick, progress with Cancel.
#pragma once

#include "gimp2/work.hpp"

namespace burin::gimp {

enum class Purpose { faces, selection, edit };

/// Shows the dialog until its work is done, cancelled or given up, and keeps the settings. For
/// faces and selections `opened` is nullptr. Returns whether something changed. Errors are shown in
/// the dialog.
bool run_dialog(Purpose purpose, gint32 image, gint32 drawable, const Reopened* opened);

/// A watcher that shows GIMP's own progress in the image's window.
Watcher gimp_progress();

}  // namespace burin::gimp
