// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Feathering, fading and growing of blend masks.
#include "imaging/mask.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "imaging/check.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

void expect_distance(double pixels, const char* what) {
  constexpr double kLimit = 1e6;
  if (!(pixels >= 0 && pixels <= kLimit)) {
    throw Error(BURIN_E_INVALID, fmt::format("{}: got a distance of {} pixels, expected 0..{}",
                                             what, pixels, kLimit));
  }
}

// The part of `mask` that remains inside when it is moved by (dx, dy), and where it comes to lie.
void max_shifted(const cv::Mat& from, cv::Mat& into, int dx, int dy) {
  const int width = from.cols - std::abs(dx), height = from.rows - std::abs(dy);
  if (width <= 0 || height <= 0) return;
  const cv::Mat source = from(cv::Rect(std::max(-dx, 0), std::max(-dy, 0), width, height));
  cv::Mat target = into(cv::Rect(std::max(dx, 0), std::max(dy, 0), width, height));
  cv::max(target, source, target);
}

}  // namespace

cv::Mat feather_mask(const cv::Mat& mask, double feather_px) {
  expect_mask(mask, "feathering");
  expect_distance(feather_px, "feathering");
  const double sigma = feather_px / 3.3;
  // Beyond the longer side a replicated edge adds nothing but time.
  const int radius =
      std::min(static_cast<int>(std::ceil(3.5 * sigma)), std::max(mask.cols, mask.rows));
  if (radius < 1) return mask.clone();
  const cv::Size window(2 * radius + 1, 2 * radius + 1);
  cv::Mat soft, low;
  cv::GaussianBlur(mask, soft, window, sigma, sigma, cv::BORDER_REPLICATE);
  // The kernel's sum is 1 only to float precision.
  cv::min(soft, 1.0, soft);
  cv::erode(mask, low, cv::getStructuringElement(cv::MORPH_RECT, window));
  soft.setTo(1.0, low == 1.0);
  return soft;
}

void fade_border(cv::Mat& mask, double ramp_px, bool at_left_edge, bool at_top_edge,
                 bool at_right_edge, bool at_bottom_edge) {
  expect_mask(mask, "fading the border");
  expect_distance(ramp_px, "fading the border");
  const double ramp = std::max(ramp_px, 1.0);
  for (int y = 0; y < mask.rows; ++y) {
    float* row = mask.ptr<float>(y);
    for (int x = 0; x < mask.cols; ++x) {
      double distance = ramp;
      if (!at_left_edge) distance = std::min<double>(distance, x);
      if (!at_right_edge) distance = std::min<double>(distance, mask.cols - 1 - x);
      if (!at_top_edge) distance = std::min<double>(distance, y);
      if (!at_bottom_edge) distance = std::min<double>(distance, mask.rows - 1 - y);
      row[x] = std::min(row[x], static_cast<float>(distance / ramp));
    }
  }
}

cv::Mat grow_mask(const cv::Mat& mask, double px) {
  expect_mask(mask, "growing a mask");
  expect_distance(px, "growing a mask");
  cv::Mat grown = mask.clone();
  // A disc is a stack of horizontal runs: row dy has the half width sqrt(px^2 - dy^2). `wide` is
  // the mask's maximum over a run, made wider by one pixel a side each round.
  cv::Mat wide = mask.clone();
  const int reach = std::min(static_cast<int>(px), std::max(mask.cols, mask.rows));
  int row = static_cast<int>(px);
  for (int half_width = 0; half_width <= reach; ++half_width) {
    if (half_width > 0) {
      const cv::Mat narrower = wide.clone();
      max_shifted(narrower, wide, 1, 0);
      max_shifted(narrower, wide, -1, 0);
    }
    // Rows whose run is exactly this wide: the next wider run starts closer to the centre.
    const bool last = half_width == reach;
    const double wider = half_width + 1.0;
    for (; row >= 0 && (last || px * px - 1.0 * row * row < wider * wider); --row) {
      max_shifted(wide, grown, 0, row);
      max_shifted(wide, grown, 0, -row);
    }
  }
  return grown;
}

}  // namespace burin::core
