// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Masks from outside, checked and brought to 0..1.
#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace burin::core {

// A copy of a CV_32F mask with values clipped to 0..1. Throws Error{BURIN_E_IMAGE}, the sentence
// beginning with `what`, for no pixels, another type, or NaN.
cv::Mat checked_mask(const cv::Mat& mask, const std::string& what);

}  // namespace burin::core
