// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What is read of a document, and why not: the same rules in every editor.
#pragma once

#include <optional>
#include <string>

#include "shared/editor/geometry.hpp"

namespace burin::host {

enum class ColourModel { rgb, grey, indexed, other };
enum class TargetKind { layer, group, layer_mask, channel, floating_selection, several, none };
enum class Source { layer, visible };

/// What is active in the editor.
struct Target {
  TargetKind kind = TargetKind::none;
  std::string name;
  Rect rect;  ///< on the canvas
  bool locked = false;
};

struct Document {
  int width = 0, height = 0;
  ColourModel colour = ColourModel::rgb;
  std::string colour_name;  ///< as the editor calls it, for the sentence
  Target target;
  std::optional<Mask> selection;  ///< on the canvas; none: nothing is selected
};

/// The picture that goes to the engine: this part of the canvas. Parts of a layer outside the
/// canvas are left out. Throws sdk::Error, one sentence for the editor: colours the engine does not
/// know (UNSUPPORTED); a target that is no layer, is locked, has no pixels or lies outside the
/// canvas; a selection that does not touch it (INVALID). A mask as target stands for no layer here:
/// the editor says so.
Rect picture_rect(const Document& document, Source source);

/// The selection inside `picture`. Throws sdk::Error (INVALID) where nothing is selected or the
/// selection lies elsewhere.
Mask needed_selection(const Document& document, const Rect& picture);

}  // namespace burin::host
