// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// From a network's numbers to boxes and masks.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "layout.hpp"
#include "letterbox.hpp"
#include "value.hpp"

namespace burin::yolo {

/// A box in pixels of the network's input.
struct Answer {
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0, score = 0;
  int64_t label = 0;                ///< class
  std::vector<float> coefficients;  ///< of the mask, as many as there are prototypes
};

/// The best class of each box whose score is above `threshold`, best first; of boxes of one class
/// that overlap by more than `iou` (intersection over union) only the best; at most 300.
std::vector<Answer> answers_of(const Value& boxes, const Layout& layout, float threshold,
                               float iou);

/// float32 [height, width] of the picture, 0..1: the prototypes weighted, enlarged to the input,
/// cut at 0 and at the box, and the picture's part of that enlarged to the picture. Empty when
/// nothing is left of it.
cv::Mat mask_of(const Answer& answer, const Value& prototypes, const Letterbox& letterbox);

}  // namespace burin::yolo
