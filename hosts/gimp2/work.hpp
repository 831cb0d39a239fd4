// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The commands without their dialogs: what a menu item, a script and a test all run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gimp2/document.hpp"
#include "gimp2/engine_run.hpp"
#include "shared/editor/mask_file.hpp"
#include "shared/editor/segments.hpp"
#include "shared/editor/settings.hpp"

namespace burin::gimp {

/// An image that was read, and an engine to work on it.
class Work {
 public:
  /// Throws sdk::Error with the refusals of picture_rect.
  Work(gint32 image, gint32 drawable, const host::Settings& settings);

  const Picture& picture() const { return picture_; }
  gint32 layer() const { return layer_; }

  /// The SEGS file of the faces. Throws sdk::Error.
  nlohmann::json find_faces(const host::Settings& settings, const Watcher& watcher);

 private:
  friend struct Detail;
  gint32 image_, layer_;
  host::Document document_;
  host::Source source_;
  Picture picture_;
  host::ScratchFolder scratch_;
};

struct Outcome {
  gint32 group = -1;  ///< -1: nothing was added
  int layers = 0;
  std::string message;  ///< for people; "": nothing to say
};

/// Redraws faces of `found` (what find_faces gave) and adds the layers.
Outcome detail_faces(Work& work, const host::Settings& settings, const nlohmann::json& found,
                     const std::vector<host::FaceChoice>& choices, const Watcher& watcher);
Outcome detail_selection(Work& work, const host::Settings& settings, const Watcher& watcher);

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

/// Redraws it in place with `settings` over its job, and its mask as it is. Returns the layer.
gint32 redraw(const Reopened& layer, const host::Settings& settings, const Watcher& watcher);

}  // namespace burin::gimp
