// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The sRGB transfer curve (IEC 61966-2-1), mirrored for negative values.
#pragma once

#include <cmath>

namespace burin::host {

inline float srgb_to_linear(float v) {
  const float a = std::fabs(v);
  return std::copysign(a <= 0.04045f ? a / 12.92f : std::pow((a + 0.055f) / 1.055f, 2.4f), v);
}

inline float linear_to_srgb(float v) {
  const float a = std::fabs(v);
  return std::copysign(a <= 0.0031308f ? a * 12.92f : 1.055f * std::pow(a, 1.0f / 2.4f) - 0.055f,
                       v);
}

}  // namespace burin::host
