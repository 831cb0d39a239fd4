// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Layers of a result put into a GIMP image, and a layer of an earlier result in its place.
#pragma once

#include <string>
#include <vector>

#include "shared/gimp/document.hpp"

namespace burin::gimp {

struct NewLayer {
  std::string name;
  host::Rect rect;            ///< on the canvas
  std::vector<float> pixels;  ///< [height, width, 2 or 4]
  host::Mask mask;
  std::string record;
};

/// A group "Burin" with `layers`, the later above the earlier, directly above `source` (-1: at the
/// top of the image), as one step to undo. `active` is the active layer afterwards. Returns the
/// group. Throws sdk::Error where that cannot be, the image or the layer is gone; nothing is added.
gint32 insert_layers(gint32 image, gint32 source, gint32 active,
                     const std::vector<NewLayer>& layers);

/// Puts `layer`, with the opacity, mode, place and mask of `old`, in its place, as one step to
/// undo. Returns the new layer. Throws sdk::Error likewise, also where `old` lies elsewhere by now.
gint32 replace_layer(gint32 image, gint32 old, const NewLayer& layer);

/// What is stored with the layer; "": nothing.
std::string record_of(gint32 layer);

}  // namespace burin::gimp
