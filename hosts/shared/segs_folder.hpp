// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The redrawn crops as float TIFFs, for tools that go on from them.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "burin/role/engine.h"

namespace burin::host {

/// Makes `folder` if needed and writes seg_000.tif, seg_001.tif ... (float32 RGB, 0..1 nominally,
/// uncompressed, in the order of `layers`) and segs.json (the SEGS file `segs`). Throws sdk::Error
/// (IO).
void write_segs_folder(const std::filesystem::path& folder, const std::vector<burin_layer>& layers,
                       const nlohmann::json& segs);

/// Makes `folder` if needed and writes control_000_0.tif ... (segment, then control of the job):
/// the pictures that control networks were shown. Throws sdk::Error (IO).
void write_control_folder(const std::filesystem::path& folder,
                          const std::vector<burin_layer>& layers);

/// The files of a folder that the two functions above may replace, by their names: seg_*.tif,
/// control_*.tif, segs.json. Empty for no folder.
std::vector<std::filesystem::path> replaceable_files(const std::filesystem::path& folder);

}  // namespace burin::host
