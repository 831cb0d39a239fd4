// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The dialogs: settings, faces to tick, progress with Cancel.
#pragma once

#include "shared/gimp/work.hpp"

namespace burin::gimp {

enum class Purpose { faces, selection, edit };

/// Shows the dialog until its work is done, cancelled or given up, and keeps the settings. For
/// faces and selections `opened` is nullptr. Errors are shown in the dialog. Throws sdk::Error
/// (CANCELLED) where it was given up and nothing changed.
Outcome run_dialog(Purpose purpose, gint32 image, gint32 drawable, const Reopened* opened);

/// A watcher that shows GIMP's own progress in the image's window.
host::Watcher gimp_progress();

}  // namespace burin::gimp
