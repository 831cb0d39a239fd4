// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Bilinear resize in the float32 arithmetic of torch's interpolate.
#include <algorithm>
#include <cmath>
#include <vector>

#include "imaging/check.hpp"
#include "imaging/resample.hpp"

namespace burin::core {
namespace {

struct Pair {
  int low = 0, high = 0;
  float low_weight = 1, high_weight = 0;
};

// torch's kernel fuses the addition with the first multiplication: together they round once.
float mixed(float low, float low_weight, float high, float high_weight) {
  return std::fma(low, low_weight, high * high_weight);
}

std::vector<Pair> pairs(int in, int out) {
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  std::vector<Pair> result(out);
  for (int i = 0; i < out; ++i) {
    const float at = std::max(std::fma(scale, static_cast<float>(i) + 0.5f, -0.5f), 0.0f);
    Pair& pair = result[i];
    pair.low = std::min(static_cast<int>(at), in - 1);
    pair.high = std::min(pair.low + 1, in - 1);
    pair.high_weight = std::clamp(at - static_cast<float>(pair.low), 0.0f, 1.0f);
    pair.low_weight = 1.0f - pair.high_weight;
  }
  return result;
}

}  // namespace

cv::Mat resize_bilinear(const cv::Mat& image, int width, int height) {
  expect_type(image, {CV_32FC1}, "bilinear resize");
  expect_target(width, height, "bilinear resize");
  const auto across = pairs(image.cols, width);
  const auto down = pairs(image.rows, height);
  cv::Mat result(height, width, CV_32FC1);
  for (int y = 0; y < height; ++y) {
    const float* upper = image.ptr<float>(down[y].low);
    const float* lower = image.ptr<float>(down[y].high);
    float* out = result.ptr<float>(y);
    for (int x = 0; x < width; ++x) {
      const Pair& p = across[x];
      const float above = mixed(upper[p.low], p.low_weight, upper[p.high], p.high_weight);
      const float below = mixed(lower[p.low], p.low_weight, lower[p.high], p.high_weight);
      out[x] = mixed(above, down[y].low_weight, below, down[y].high_weight);
    }
  }
  return result;
}

}  // namespace burin::core
