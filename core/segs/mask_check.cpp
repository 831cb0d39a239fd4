// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Masks from outside, checked and brought to 0..1.
#include "segs/mask_check.hpp"

#include <algorithm>
#include <cmath>

#include "runtime/error.hpp"

namespace burin::core {

cv::Mat checked_mask(const cv::Mat& mask, const std::string& what) {
  if (mask.dims > 2 || mask.empty())
    throw Error(BURIN_E_IMAGE, what + " has no pixels; expected one value a pixel");
  if (mask.type() != CV_32FC1)
    throw Error(BURIN_E_IMAGE, what + " has the type " + cv::typeToString(mask.type()) +
                                   "; expected one float32 value a pixel");
  cv::Mat clipped(mask.size(), CV_32F);
  for (int y = 0; y < mask.rows; ++y) {
    const float* from = mask.ptr<float>(y);
    float* to = clipped.ptr<float>(y);
    for (int x = 0; x < mask.cols; ++x) {
      if (std::isnan(from[x]))
        throw Error(BURIN_E_IMAGE, what + " holds NaN at (" + std::to_string(x) + ", " +
                                       std::to_string(y) + "); expected values from 0 to 1");
      to[x] = std::clamp(from[x], 0.0f, 1.0f);
    }
  }
  return clipped;
}

}  // namespace burin::core
