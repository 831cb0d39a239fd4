// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pictures for control networks, made of the crop itself.
#include "imaging/preprocess.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "runtime/error.hpp"

namespace burin::core {
namespace {

void expect_rgb(const cv::Mat& rgb) {
  if (rgb.empty() || rgb.type() != CV_32FC3)
    throw Error(BURIN_E_INVALID,
                fmt::format("the picture is {}x{} of type {}, expected {} with pixels", rgb.cols,
                            rgb.rows, cv::typeToString(rgb.type()), cv::typeToString(CV_32FC3)));
}

cv::Mat luma(const cv::Mat& rgb) {
  cv::Mat grey;
  cv::transform(rgb, grey, cv::Matx13f(0.2126F, 0.7152F, 0.0722F));
  return grey;
}

cv::Mat in_three_channels(const cv::Mat& grey) {
  cv::Mat rgb;
  cv::merge(std::vector<cv::Mat>(3, grey), rgb);
  return rgb;
}

cv::Mat from_bytes(const cv::Mat& bytes) {
  cv::Mat picture;
  bytes.convertTo(picture, CV_32F, 1 / 255.);
  return in_three_channels(picture);
}

}  // namespace

cv::Mat canny_picture(const cv::Mat& rgb, double low, double high) {
  expect_rgb(rgb);
  cv::Mat bytes, edges;
  luma(rgb).convertTo(bytes, CV_8U, 255);
  cv::Canny(bytes, edges, 255 * low, 255 * high, 3, true);
  return from_bytes(edges);
}

cv::Mat tile_picture(const cv::Mat& rgb, int factor) {
  expect_rgb(rgb);
  const cv::Size small(std::max(1, rgb.cols / factor), std::max(1, rgb.rows / factor));
  cv::Mat reduced, picture;
  cv::resize(rgb, reduced, small, 0, 0, cv::INTER_AREA);
  cv::resize(reduced, picture, rgb.size(), 0, 0, cv::INTER_CUBIC);
  return cv::min(cv::max(picture, 0), 1);
}

cv::Mat scribble_picture(const cv::Mat& rgb) {
  constexpr double kFine = 0.5, kCoarse = 5, kThreshold = 16. / 255;
  expect_rgb(rgb);
  cv::Mat fine, coarse;
  cv::GaussianBlur(rgb, fine, {0, 0}, kFine);
  cv::GaussianBlur(rgb, coarse, {0, 0}, kCoarse);
  std::vector<cv::Mat> darker;
  cv::split(coarse - fine, darker);
  const cv::Mat least = cv::min(darker[0], cv::min(darker[1], darker[2]));
  return from_bytes(least > kThreshold);
}

cv::Mat inpaint_picture(const cv::Mat& rgb, const cv::Mat& mask) {
  expect_rgb(rgb);
  if (mask.type() != CV_32F || mask.size() != rgb.size())
    throw Error(BURIN_E_INVALID, fmt::format("the mask is {}x{}, expected the picture's {}x{}",
                                             mask.cols, mask.rows, rgb.cols, rgb.rows));
  cv::Mat picture = rgb.clone();
  picture.setTo(cv::Scalar::all(-1), mask > 0.5);
  return picture;
}

cv::Mat grey_picture(const cv::Mat& rgb) {
  expect_rgb(rgb);
  return in_three_channels(luma(rgb));
}

cv::Mat blur_picture(const cv::Mat& rgb, double sigma) {
  expect_rgb(rgb);
  cv::Mat picture = rgb.clone();
  if (sigma > 0) cv::GaussianBlur(rgb, picture, {0, 0}, sigma);
  return picture;
}

cv::Mat preprocess(const std::string& name, const nlohmann::json& params, const cv::Mat& rgb,
                   const cv::Mat& mask) {
  constexpr double kLow = 0.4, kHigh = 0.8, kSigma = 4;
  constexpr int kFactor = 8;
  expect_rgb(rgb);
  cv::Mat picture;
  if (name == "canny")
    picture = canny_picture(rgb, params.value("low", kLow), params.value("high", kHigh));
  else if (name == "tile")
    picture = tile_picture(rgb, params.value("factor", kFactor));
  else if (name == "scribble")
    picture = scribble_picture(rgb);
  else if (name == "inpaint")
    return inpaint_picture(rgb, mask);
  else if (name == "grey")
    picture = grey_picture(rgb);
  else if (name == "blur")
    picture = blur_picture(rgb, params.value("blur", kSigma));
  else
    picture = rgb.clone();
  if (params.value("invert", false)) picture = cv::Scalar::all(1) - picture;
  return picture;
}

}  // namespace burin::core
