// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a file is that Burin cannot use as a checkpoint.
#pragma once

#include <optional>
#include <string>

#include "weights/tensor_files.hpp"

namespace burin::core {

// "a LoRA, which changes a checkpoint but is none", "a video model" ...; nullopt: it has a UNet of
// Stable Diffusion's kind.
std::optional<std::string> foreign_kind(const TensorFiles& files);

}  // namespace burin::core
