// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Gives pixels that hold nothing to see the colour of their nearest visible neighbour.
#include <cmath>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "imaging/check.hpp"
#include "imaging/image.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

bool all_finite(const float* values, int count) {
  for (int i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) return false;
  }
  return true;
}

}  // namespace

void fill_transparent(cv::Mat& colours, const cv::Mat& alpha) {
  expect_type(colours, {CV_32FC1, CV_32FC3}, "filling transparent pixels");
  expect_type(alpha, {CV_32FC1}, "filling transparent pixels by alpha");
  if (colours.size() != alpha.size()) {
    throw Error(BURIN_E_INVALID,
                cv::format("filling transparent pixels: got %dx%d alpha values for %dx%d pixels, "
                           "expected the same size",
                           alpha.cols, alpha.rows, colours.cols, colours.rows));
  }
  const int channels = colours.channels();
  cv::Mat hidden(colours.size(), CV_8UC1);
  for (int y = 0; y < colours.rows; ++y) {
    const float* colour = colours.ptr<float>(y);
    const float* opacity = alpha.ptr<float>(y);
    for (int x = 0; x < colours.cols; ++x, colour += channels) {
      hidden.at<uchar>(y, x) = opacity[x] > 0 && all_finite(colour, channels) ? 0 : 255;
    }
  }
  const int hidden_count = cv::countNonZero(hidden);
  if (hidden_count == 0 || hidden_count == static_cast<int>(hidden.total())) return;

  cv::Mat distance, labels;
  cv::distanceTransform(hidden, distance, labels, cv::DIST_L2, cv::DIST_MASK_5,
                        cv::DIST_LABEL_PIXEL);
  std::vector<const float*> source(hidden.total() - hidden_count + 1);
  for (int y = 0; y < colours.rows; ++y) {
    for (int x = 0; x < colours.cols; ++x) {
      if (hidden.at<uchar>(y, x) == 0) {
        source[labels.at<int>(y, x)] = colours.ptr<float>(y) + x * channels;
      }
    }
  }
  for (int y = 0; y < colours.rows; ++y) {
    for (int x = 0; x < colours.cols; ++x) {
      if (hidden.at<uchar>(y, x) != 0) {
        std::memcpy(colours.ptr<float>(y) + x * channels, source[labels.at<int>(y, x)],
                    channels * sizeof(float));
      }
    }
  }
}

}  // namespace burin::core
