// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Segments of a job as an editor makes them: of a selection, of faces that were ticked, of a layer
// that is redrawn; and the masks of what comes back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "burin/cpp/tensor.hpp"
#include "shared/editor/geometry.hpp"

namespace burin::host {

/// SEG objects of docs/job.md whose mask, where there is one, is in `masks` under mask_key(id).
/// Coordinates are those of the picture: (0, 0) is its top left pixel.
struct Segments {
  nlohmann::json list = nlohmann::json::array();
  std::map<std::string, Mask> masks;
};

std::string mask_key(std::int64_t id);

/// One SEG for each piece of `selection` (canvas coordinates, as needed_selection gives it), or one
/// for all. crop_factor: how much of the surroundings the model sees.
Segments selection_segments(const Mask& selection, const Rect& picture, bool combined,
                            double crop_factor);

/// Puts them into the job in place of what it redraws; masks go to a file in `scratch`. Throws
/// sdk::Error (IO).
void put_segments(nlohmann::json& job, const Segments& segments,
                  const std::filesystem::path& scratch);

struct FaceChoice {
  std::int64_t id = 0;
  bool include = true;
  std::string prompt;  ///< "": the job's
};

/// The faces of a SEGS file (what detect gave) that are included, with their prompts; a face
/// without a choice is included. selection: nullptr, or the selection on the canvas: faces whose
/// box it does not touch are left out.
nlohmann::json chosen_faces(const nlohmann::json& segs_file, const std::vector<FaceChoice>& choices,
                            const Rect& picture, const Mask* selection);

/// A face that was shown before, and where.
struct PlacedChoice {
  Rect box;  ///< on the canvas
  FaceChoice choice;
};
/// The choice for a face that is found at `box` now: that of the one that was there before,
/// whatever its number was; one that is included where there was none.
FaceChoice choice_for(std::int64_t id, const Rect& box, const std::vector<PlacedChoice>& before);

/// Box of a SEG on the canvas, widened to whole pixels. Throws sdk::Error (INVALID) for no box.
Rect box_on_canvas(const nlohmann::json& seg, const Rect& picture);

/// The mask an editor shows for a layer that covers `rect` of the canvas: the engine's, nowhere
/// more than the selection, times the opacity of the source below. engine: float32 [h, w] as in
/// burin_layer. Either limit may be nullptr. Throws sdk::Error (INTERNAL) for a wrong shape.
Mask layer_mask(const DLTensor& engine, const Rect& rect, const Mask* selection,
                const Mask* opacity);

/// Colours of a layer with 1 behind them as alpha: float32 [h, w, 1 or 3] to packed [h, w, 2 or 4].
/// Throws sdk::Error (INTERNAL) for a wrong shape.
std::vector<float> with_alpha(const DLTensor& pixels, const Rect& rect);

/// float32 values of a plain CPU tensor, packed. Throws sdk::Error (INTERNAL).
std::vector<float> packed(const DLTensor& tensor);

}  // namespace burin::host
