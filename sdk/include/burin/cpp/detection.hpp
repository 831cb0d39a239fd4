// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a detector finds, as values; shared by both sides of the detector role.
// Functions are [any-thread]; one object is used by one thread at a time.
#pragma once

#include <string>
#include <vector>

namespace burin::sdk {

/// A point in pixels of the picture.
struct Point {
  double x = 0;
  double y = 0;
};

/// See burin_detection.
struct Detection {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;  ///< pixel edges, half-open, inside the picture
  double confidence = 0;                  ///< 0..1
  std::string label;
  std::vector<Point> landmarks;
  std::vector<float> mask;  ///< [height, width] of the picture, 0..1; empty: the box says it all
};

/// See burin_detector_options.
struct DetectOptions {
  double threshold = 0.5;
  double min_size = 0;
};

}  // namespace burin::sdk
