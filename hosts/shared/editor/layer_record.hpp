// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What is stored with a layer that Burin made, so that it can be opened again (docs/hosts.md).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "shared/editor/reading.hpp"
#include "shared/editor/segments.hpp"

namespace burin::host {

/// The name under which editors store it: a GIMP parasite, a Krita annotation.
inline constexpr const char* kRecordName = "burin-layer";

struct LayerRecord {
  nlohmann::json job;  ///< redraws this one segment; its coordinates are those of `picture`
  Source source = Source::layer;
  std::string source_id;  ///< the editor's own number of the layer that was read; "": none
  Rect picture;           ///< what was read, on the canvas
  Rect layer;             ///< what the layer covers, on the canvas
  std::string crop;       ///< "sha256:..." of what was read under the layer
  std::string mask;       ///< "sha256:..." of the layer's mask as it was made
};

/// The record of the layer of segment `id`: `job` is the one that ran, with "segs". Throws
/// sdk::Error (INTERNAL) where the job has no such segment.
LayerRecord make_record(const nlohmann::json& job, std::int64_t id, Source source,
                        const Rect& picture, const Rect& layer);

std::string to_text(const LayerRecord& record);
/// Throws sdk::Error (INVALID): no JSON, another version, a key that is missing or no such thing.
LayerRecord read_record(const std::string& text);

/// A job that redraws the layer where it lies now: moved with the layer, scaled with it, its mask
/// the one that the layer has now (canvas coordinates). Throws sdk::Error (INVALID) where the
/// picture no longer covers the layer or the mask is empty, and IO.
nlohmann::json rerun_job(const LayerRecord& record, const Rect& layer_now, const Rect& picture_now,
                         const Mask& mask_now, const std::filesystem::path& scratch);

/// The record of the layer after rerun_job's job ran.
LayerRecord rerun_record(const nlohmann::json& job, const LayerRecord& before,
                         const Rect& layer_now, const Rect& picture_now);

}  // namespace burin::host
