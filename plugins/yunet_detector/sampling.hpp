// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Parts of the picture, at any scale, as the network's input.
#pragma once

#include <opencv2/core.hpp>

#include "burin/cpp/rgb_view.hpp"

namespace burin::yunet {

/// A rectangle of the picture as a grid of network pixels. Pixel (column, row) covers the square of
/// `step` picture pixels whose left top corner is (x + column * step, y + row * step).
struct Window {
  double x = 0, y = 0;
  double step = 1;
  int width = 0, height = 0;  ///< in network pixels
};

/// float32 [1, 3, height, width] (sides rounded up to multiples of 32), blue, green, red, 0..255.
/// Bilinear where it enlarges, the mean of 3x3 points a pixel where it shrinks by 1.5 or more, the
/// pixels themselves at step 1. Black outside the picture.
cv::Mat sample(const sdk::RgbView& picture, const Window& window);

/// Whether some 16x16 block of green differs by at least `contrast` (0..255) within itself.
bool has_detail(const cv::Mat& planar, float contrast);

}  // namespace burin::yunet
