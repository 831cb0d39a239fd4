// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Blend masks of the default semantics.
#pragma once

#include <opencv2/core.hpp>

namespace burin::core {

// Masks are CV_32FC1, 0..1, not empty; anything else, and a distance that is negative or not
// finite, is Error{BURIN_E_INVALID}. Distances are pixels.

// Gaussian feather; feather_px is about the width of the 5-95 % transition (sigma = feather_px /
// 3.3), edges are replicated. 0: unchanged. Pixels beyond the kernel's reach (3.5 sigma a side) of
// any other value than 0, or than 1, stay exactly that.
cv::Mat feather_mask(const cv::Mat& mask, double feather_px);

// Limits the mask, in place, to 0 on the outermost pixel ring and a linear ramp that reaches 1
// ramp_px further in, so that nothing ends hard at the crop's border. A side given as true lies on
// the picture's own edge and is left alone.
void fade_border(cv::Mat& mask, double ramp_px, bool at_left_edge, bool at_top_edge,
                 bool at_right_edge, bool at_bottom_edge);

// Grown by `px` in every direction: the largest value within that Euclidean distance.
cv::Mat grow_mask(const cv::Mat& mask, double px);

}  // namespace burin::core
