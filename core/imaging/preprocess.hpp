// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pictures for control networks, made of the crop itself.
#pragma once

#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <string>

namespace burin::core {

// All: rgb CV_32FC3, 0..1 nominally; the result is a new CV_32FC3 of its size, 0..1 unless said
// otherwise. Thread-safe. Error{BURIN_E_INVALID} for an empty picture or another type.

// White lines where the grey value's gradient is high (Canny 1986); the two thresholds are
// fractions of the 8-bit range.
cv::Mat canny_picture(const cv::Mat& rgb, double low, double high);
// What is left after a reduction by `factor` (area mean) and back (bicubic): colours without
// detail.
cv::Mat tile_picture(const cv::Mat& rgb, int factor);
// White strokes where a difference of Gaussians of sigma 0.5 and 5 pixels shows dark lines
// (Winnemoeller et al. 2012).
cv::Mat scribble_picture(const cv::Mat& rgb);
// The picture with -1 where the mask (CV_32F, of the same size) is above 0.5, as inpainting
// ControlNets expect it.
cv::Mat inpaint_picture(const cv::Mat& rgb, const cv::Mat& mask);
// Rec. 709 luma in all three channels.
cv::Mat grey_picture(const cv::Mat& rgb);
// Gaussian of this sigma in pixels; 0: the picture itself.
cv::Mat blur_picture(const cv::Mat& rgb, double sigma);

// The picture of a job's preprocessor by its name, with its parameters {low, high, factor, blur,
// invert}; each has the default of docs/job.md. mask is read by "inpaint" alone.
cv::Mat preprocess(const std::string& name, const nlohmann::json& params, const cv::Mat& rgb,
                   const cv::Mat& mask);

}  // namespace burin::core
