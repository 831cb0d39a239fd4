// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Looks at a result where it was redrawn.
#include "detail/result_check.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "detail/tensor_mat.hpp"

namespace burin::core {
namespace {

// CV_8U: where more than half of a pixel was redrawn.
cv::Mat redrawn_part(const Crop& crop, cv::Size size) {
  if (!crop.denoise.defined()) return cv::Mat(size, CV_8U, cv::Scalar(255));
  cv::Mat mask;
  cv::resize(to_mat(crop.denoise), mask, size, 0, 0, cv::INTER_NEAREST);
  return mask > 0.5;
}

// The widest range of any channel.
double range(const cv::Mat& picture, const cv::Mat& part) {
  double widest = 0;
  for (int channel = 0; channel < picture.channels(); ++channel) {
    cv::Mat plane;
    cv::extractChannel(picture, plane, channel);
    double low = 0, high = 0;
    cv::minMaxLoc(plane, &low, &high, nullptr, nullptr, part);
    widest = std::max(widest, high - low);
  }
  return widest;
}

}  // namespace

std::optional<std::string> fault_of(const Crop& crop, const at::Tensor& latent,
                                    const cv::Mat& redrawn) {
  constexpr double step = 1.0 / 255, flat_steps = 2, seen_steps = 16;
  constexpr int fewest_pixels = 64;
  if (!latent.isfinite().all().item<bool>()) return "the network gave values that are not numbers";
  if (!cv::checkRange(redrawn)) return "the autoencoder gave values that are not numbers";
  const cv::Mat part = redrawn_part(crop, redrawn.size());
  if (cv::countNonZero(part) < fewest_pixels) return std::nullopt;
  if (range(redrawn, part) >= flat_steps * step) return std::nullopt;
  const cv::Mat part_seen = redrawn_part(crop, crop.seen.size());
  if (range(crop.seen, part_seen) < seen_steps * step) return std::nullopt;
  return "the redrawn picture is of one colour";
}

bool is_black_patch(const Crop& crop, const cv::Mat& redrawn, double mean, double deviation) {
  cv::Mat grey;
  cv::cvtColor(redrawn, grey, cv::COLOR_RGB2GRAY);
  cv::Scalar average, spread;
  cv::meanStdDev(grey, average, spread, redrawn_part(crop, redrawn.size()));
  return average[0] * 255 < mean && spread[0] * 255 < deviation;
}

}  // namespace burin::core
