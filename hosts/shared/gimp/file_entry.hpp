// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// An entry for a path, with a button that opens a file dialog.
#pragma once

#include "shared/gimp/gimp_ui.hpp"

namespace burin::gimp {

struct FileEntry {
  GtkWidget *row, *entry;
};

/// pattern: of the files that are shown ("*.safetensors"), or nullptr. The texts are static.
FileEntry new_file_entry(const char* title, const char* pattern);

}  // namespace burin::gimp
