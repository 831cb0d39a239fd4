// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One channel of one pixel as a float: integers span 0..1.
#pragma once

#include <cstddef>

#include "burin/cpp/tensor.hpp"

namespace burin::host {

float load_value(const std::byte* from, sdk::PixelType type);

/// Integers are clamped to 0..1 and rounded to nearest; NaN becomes 0 there.
void store_value(float value, std::byte* to, sdk::PixelType type);

}  // namespace burin::host
