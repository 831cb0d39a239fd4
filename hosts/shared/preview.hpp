// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Numbered boxes drawn into a picture, to choose faces by.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "burin/cpp/tensor.hpp"

namespace burin::host {

struct NumberedBox {
  std::int64_t id = 0;
  std::array<double, 4> box = {};  ///< x1, y1, x2, y2 in pixels, half-open
};

/// Draws each box as a frame with its number on a dark plate, in place, at a line width that suits
/// the picture's size.
void draw_boxes(sdk::PixelBuffer& pixels, const std::vector<NumberedBox>& boxes);

}  // namespace burin::host
