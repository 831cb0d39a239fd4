// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a file is that Burin cannot use as a checkpoint.
#pragma once

#include <optional>
#include <string>

#include "weights/safetensors.hpp"

namespace burin::core {

// "an SDXL checkpoint", "a LoRA" ...; nullopt: it has the parts of an SD 1.x checkpoint.
std::optional<std::string> foreign_kind(const Safetensors& file);

}  // namespace burin::core
