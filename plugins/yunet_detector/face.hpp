// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A face as the network sees it.
#pragma once

#include <algorithm>
#include <array>

#include "burin/cpp/detection.hpp"

namespace burin::yunet {

/// A box with its landmarks, in pixels of the picture unless said otherwise.
struct Face {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  double score = 0;  ///< 0..1
  /// Right eye, left eye, nose tip, right and left mouth corner as the person has them.
  std::array<sdk::Point, 5> landmarks = {};
  double seen_px = 0;  ///< longer side of the box in pixels of the network's input

  double width() const { return x2 - x1; }
  double height() const { return y2 - y1; }
};

}  // namespace burin::yunet
