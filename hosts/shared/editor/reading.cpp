// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What is read of a document, and why not.
#include "shared/editor/reading.hpp"

#include "burin/cpp/error.hpp"

namespace burin::host {

namespace {

[[noreturn]] void refuse(burin_status status, const std::string& sentence) {
  throw sdk::Error(status, sentence);
}

std::string size_text(const Rect& rect) {
  return std::to_string(rect.width) + " x " + std::to_string(rect.height) + " at " +
         std::to_string(rect.x) + ", " + std::to_string(rect.y);
}

}  // namespace

Rect picture_rect(const Document& document, Source source) {
  const Target& target = document.target;
  const Rect canvas = {0, 0, document.width, document.height};
  if (document.colour == ColourModel::indexed || document.colour == ColourModel::other) {
    refuse(BURIN_E_UNSUPPORTED, "The image is in " + document.colour_name +
                                    " colours; Burin needs RGB or greyscale, so convert it first.");
  }
  if (canvas.empty()) refuse(BURIN_E_INVALID, "The image has no pixels.");
  switch (target.kind) {
    case TargetKind::layer:
    case TargetKind::group:
      break;
    case TargetKind::layer_mask:
      refuse(BURIN_E_INVALID, "The mask of the layer '" + target.name +
                                  "' is being edited; choose the layer itself.");
    case TargetKind::channel:
      refuse(BURIN_E_INVALID,
             "The channel '" + target.name + "' is active; Burin needs a layer, so choose one.");
    case TargetKind::floating_selection:
      refuse(BURIN_E_INVALID,
             "A floating selection is active; anchor it or make it a layer first.");
    case TargetKind::several:
      refuse(BURIN_E_INVALID, "Several layers are chosen; Burin needs one, so choose one of them.");
    case TargetKind::none:
      refuse(BURIN_E_INVALID, "No layer is active; choose one first.");
  }
  if (target.locked) {
    refuse(BURIN_E_INVALID, "The layer '" + target.name + "' is locked; unlock it first.");
  }
  if (source == Source::visible) return canvas;
  if (target.rect.empty()) {
    refuse(BURIN_E_INVALID, "The layer '" + target.name + "' has no pixels.");
  }
  const Rect rect = intersection(target.rect, canvas);
  if (rect.empty()) {
    refuse(BURIN_E_INVALID, "The layer '" + target.name + "' (" + size_text(target.rect) +
                                ") lies outside the canvas of " + std::to_string(document.width) +
                                " x " + std::to_string(document.height) + ".");
  }
  return rect;
}

Mask needed_selection(const Document& document, const Rect& picture) {
  if (!document.selection) {
    refuse(BURIN_E_INVALID, "Nothing is selected; select what is to be redrawn first.");
  }
  Mask inside = cut(*document.selection, picture);
  if (extent(inside, 1.0f / 512).empty()) {
    refuse(BURIN_E_INVALID, "The selection does not touch the layer '" + document.target.name +
                                "'; select a part of it.");
  }
  return inside;
}

}  // namespace burin::host
