// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Dilation and erosion of masks by a square.
#include <cstdlib>
#include <opencv2/imgproc.hpp>

#include "segs/make_segs.hpp"

namespace burin::core {
namespace {

// `side`, or the least one of the same parity that reaches every pixel of a row of `length` from
// every other one.
int useful_side(long long side, int length) {
  const long long reach = 2LL * length + 2;
  return static_cast<int>(side <= reach ? side : reach + (side - reach) % 2);
}

}  // namespace

cv::Mat dilate_mask(const cv::Mat& mask, int k) {
  if (k == 0 || mask.empty()) return mask.clone();
  const long long side = std::llabs(k);
  const cv::Mat row = cv::Mat::ones(1, useful_side(side, mask.cols), CV_8U);
  const cv::Mat column = cv::Mat::ones(useful_side(side, mask.rows), 1, CV_8U);
  const auto step = k > 0 ? [](const cv::Mat& from, cv::Mat& to, const cv::Mat& kernel) {
    cv::dilate(from, to, kernel, {-1, -1}, 1, cv::BORDER_CONSTANT | cv::BORDER_ISOLATED);
  } : [](const cv::Mat& from, cv::Mat& to, const cv::Mat& kernel) {
    cv::erode(from, to, kernel, {-1, -1}, 1, cv::BORDER_CONSTANT | cv::BORDER_ISOLATED);
  };
  cv::Mat across, result;
  step(mask, across, row);
  step(across, result, column);
  return result;
}

}  // namespace burin::core
