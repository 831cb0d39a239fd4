// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A picture fitted into a network's input, and the way back.
#pragma once

#include <opencv2/core.hpp>

#include "burin/cpp/rgb_view.hpp"
#include "value.hpp"

namespace burin::yolo {

/// The picture lies in `place` of the input, whole and in the middle; the rest is grey.
struct Letterbox {
  cv::Size picture, input;
  cv::Rect place;

  /// Pixels of the input to pixels of the picture.
  double picture_x(double x) const { return (x - place.x) * picture.width / place.width; }
  double picture_y(double y) const { return (y - place.y) * picture.height / place.height; }
};

/// Sides are rounded to even, the odd pixel of the border goes to the right and below, as the
/// training framework of these networks does it.
Letterbox fit(cv::Size picture, cv::Size input);

/// float32 [1, 3, height, width], red, green, blue, 0..1: the picture resized bilinearly in 8 bits,
/// the border 114.
Value letterboxed(const sdk::RgbView& rgb, const Letterbox& box);

}  // namespace burin::yolo
