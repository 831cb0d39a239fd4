// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Sampling straight from the picture, so that no scaled copy of it is ever held.
#include "sampling.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "network.hpp"

namespace burin::yunet {
namespace {

constexpr int round_up(int size) {
  return (size + network_multiple - 1) / network_multiple * network_multiple;
}

// Where one network pixel takes its values along one axis.
struct Taps {
  std::vector<int64_t> offsets;  // `count` a pixel, in bytes
  std::vector<float> weights;    // likewise; 0 outside the picture
  int count = 1;
};

Taps taps(double start, double step, int pixels, int64_t length, int64_t stride) {
  constexpr double nearest_tolerance = 1e-9;
  const bool exact = std::abs(step - 1) < nearest_tolerance &&
                     std::abs(start - std::round(start)) < nearest_tolerance;
  Taps result;
  result.count = exact ? 1 : step < 1.5 ? 2 : 3;
  for (int i = 0; i < pixels; ++i) {
    const double left = start + i * step, centre = left + step / 2;
    const bool inside = centre >= 0 && centre < static_cast<double>(length);
    for (int k = 0; k < result.count; ++k) {
      double at = std::floor(centre);
      double weight = 1;
      if (result.count == 2) {
        const double low = std::floor(centre - 0.5), fraction = centre - 0.5 - low;
        at = low + k;
        weight = k == 0 ? 1 - fraction : fraction;
      } else if (result.count == 3) {
        at = std::floor(left + (k + 0.5) * step / 3);
        weight = 1.0 / 3;
      }
      const auto index = std::clamp<int64_t>(static_cast<int64_t>(at), 0, length - 1);
      result.offsets.push_back(index * stride);
      result.weights.push_back(inside ? static_cast<float>(weight) : 0.0F);
    }
  }
  return result;
}

}  // namespace

cv::Mat sample(const sdk::RgbView& picture, const Window& window) {
  const int width = round_up(window.width), height = round_up(window.height);
  const int shape[] = {1, 3, height, width};
  cv::Mat planar(4, shape, CV_32F, cv::Scalar(0));
  const Taps columns =
      taps(window.x, window.step, window.width, picture.width, picture.column_stride);
  const Taps rows = taps(window.y, window.step, window.height, picture.height, picture.row_stride);
  const int64_t green = picture.channel_stride, blue = 2 * picture.channel_stride;
  for (int y = 0; y < window.height; ++y) {
    float* out[3];
    for (int channel = 0; channel < 3; ++channel) out[channel] = planar.ptr<float>(0, channel, y);
    for (int r = 0; r < rows.count; ++r) {
      const size_t row_tap = static_cast<size_t>(y) * rows.count + r;
      const float row_weight = rows.weights[row_tap];
      if (row_weight == 0) continue;
      const uint8_t* row = picture.pixels + rows.offsets[row_tap];
      const int64_t* offset = columns.offsets.data();
      const float* weight = columns.weights.data();
      for (int x = 0; x < window.width; ++x) {
        for (int c = 0; c < columns.count; ++c, ++offset, ++weight) {
          const uint8_t* pixel = row + *offset;
          const float w = row_weight * *weight;
          out[0][x] += w * pixel[blue];
          out[1][x] += w * pixel[green];
          out[2][x] += w * pixel[0];
        }
      }
    }
  }
  return planar;
}

bool has_detail(const cv::Mat& planar, float contrast) {
  constexpr int block = 16;
  const int height = planar.size[2], width = planar.size[3];
  std::vector<float> low(static_cast<size_t>(width) / block), high(low.size());
  for (int top = 0; top < height; top += block) {
    std::fill(low.begin(), low.end(), 255.0F);
    std::fill(high.begin(), high.end(), 0.0F);
    for (int y = top; y < top + block; ++y) {
      const float* row = planar.ptr<float>(0, 1, y);
      for (size_t b = 0; b < low.size(); ++b) {
        const auto [least, most] = std::minmax_element(row + b * block, row + (b + 1) * block);
        low[b] = std::min(low[b], *least);
        high[b] = std::max(high[b], *most);
      }
    }
    for (size_t b = 0; b < low.size(); ++b) {
      if (high[b] - low[b] >= contrast) return true;
    }
  }
  return false;
}

}  // namespace burin::yunet
