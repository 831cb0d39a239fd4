// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The commands without their dialogs: what a menu item, a script and a test all run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/editor/engine_run.hpp"
#include "shared/editor/scratch_folder.hpp"
#include "shared/editor/segments.hpp"
#include "shared/editor/settings.hpp"
#include "shared/gimp/document.hpp"

namespace burin::gimp {

/// An image that was read, and an engine to work on it.
class Work {
 public:
  /// Throws sdk::Error with the refusals of picture_rect.
  Work(gint32 image, gint32 drawable, const host::Settings& settings);

  const Picture& picture() const { return picture_; }
  gint32 layer() const { return layer_; }

  /// The SEGS file of the faces. Throws sdk::Error.
  nlohmann::json find_faces(const host::Settings& settings, const host::Watcher& watcher);

 private:
  friend struct Detail;
  gint32 image_, layer_;
  host::Document document_;
  host::Source source_;
  Picture picture_;
  host::ScratchFolder scratch_;
};

struct Outcome {
  gint32 item = -1;     ///< the new group, or the layer that was redrawn; -1: nothing was done
  int layers = 0;       ///< how many were made
  std::string message;  ///< for people; "": nothing to say
};

/// Redraws faces of `found` (what find_faces gave) and adds the layers.
Outcome detail_faces(Work& work, const host::Settings& settings, const nlohmann::json& found,
                     const std::vector<host::FaceChoice>& choices, const host::Watcher& watcher);
Outcome detail_selection(Work& work, const host::Settings& settings, const host::Watcher& watcher);

/// A layer that Burin made, opened again.
struct Reopened {
  gint32 image = -1, layer = -1;
  host::LayerRecord record;
  Picture picture;  ///< what it is made from, as it is now
  host::Mask mask;  ///< as it is now
  bool source_changed = false, mask_changed = false;
};

/// Throws sdk::Error (INVALID) with a sentence for a layer without a record, a locked one, one
/// whose source is gone.
Reopened reopen(gint32 image, gint32 drawable);

/// What a dialog shows of it.
host::Settings settings_of(const Reopened& layer);

/// Redraws it in place with `job` (changed_job or rerolled_job of its own), and its mask as it is.
/// Returns the layer.
gint32 redraw(const Reopened& layer, nlohmann::json job, const std::string& device,
              const host::Watcher& watcher);

}  // namespace burin::gimp
