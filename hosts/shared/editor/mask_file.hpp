// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Masks of segments on their way to the engine: a safetensors file.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "shared/editor/geometry.hpp"

namespace burin::host {

/// Writes float32 [height, width] tensors under their keys. Throws sdk::Error (IO) with the
/// system's reason; a file that could not be written whole is removed.
void write_masks(const std::filesystem::path& file, const std::map<std::string, Mask>& masks);

}  // namespace burin::host
