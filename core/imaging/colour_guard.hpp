// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Takes back the colour drift that encoding and decoding left, measured where nothing should have
// changed.
#pragma once

#include <opencv2/core.hpp>

namespace burin::core {

struct DriftReport {
  double before = -1, after = -1;  // mean CIE76 dE over the measured pixels; negative: not measured
  int pixels = 0;                  // where the two should agree: mask < 0.01, valid, finite
};

// Per channel, fits offset + two slopes to redrawn - original where mask < 0.01 by iteratively
// reweighted least squares (Huber, 3 rounds, k = 1.345 robust sigmas) and subtracts the plane from
// the whole of `redrawn`, in place. Fewer than 200 such pixels, or pixels that do not span a plane:
// the offset only; fewer than 20: nothing, and the report's dE stay negative. At most 16384 of the
// pixels, evenly spread, are looked at. redrawn, original: CV_32FC3, sRGB-encoded 0..1, not
// clipped; mask: CV_32FC1; valid: CV_8UC1, 0 leaves a pixel out, or an empty Mat. All of one size,
// else Error{BURIN_E_INVALID}.
DriftReport colour_guard(cv::Mat& redrawn, const cv::Mat& original, const cv::Mat& mask,
                         const cv::Mat& valid);

// CIE 1976 difference of two sRGB-encoded colours (0..1, values outside extend the curve) in Lab
// with the D65 white point.
double delta_e76(const cv::Vec3f& a, const cv::Vec3f& b);

}  // namespace burin::core
