// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The transfer curve of sRGB (IEC 61966-2-1), odd around 0 so that values outside 0..1 keep
// meaning.
#pragma once

#include <cmath>

namespace burin::core {

inline double srgb_to_linear(double value) {
  const double a = std::abs(value);
  return std::copysign(a <= 0.04045 ? a / 12.92 : std::pow((a + 0.055) / 1.055, 2.4), value);
}

inline double linear_to_srgb(double value) {
  const double a = std::abs(value);
  return std::copysign(a <= 0.0031308 ? a * 12.92 : 1.055 * std::pow(a, 1 / 2.4) - 0.055, value);
}

}  // namespace burin::core
