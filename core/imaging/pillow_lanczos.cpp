// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pillow's 8-bit Lanczos resize in fixed point, and the float picture's way through it.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "imaging/check.hpp"
#include "imaging/resample.hpp"

namespace burin::core {
namespace {

constexpr int kFractionBits = 22;

double sinc(double x) {
  if (x == 0) return 1;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double lanczos3(double x) { return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0; }

struct Window {
  int first = 0;
  std::vector<std::int32_t> weights;
};

std::vector<Window> fixed_point_windows(int in, int out) {
  const double scale = static_cast<double>(in) / out;
  const double stretch = std::max(scale, 1.0);
  const double support = 3 * stretch;
  const double inverse_stretch = 1.0 / stretch;
  std::vector<Window> windows(out);
  std::vector<double> weights;
  for (int i = 0; i < out; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int last = std::min(in, static_cast<int>(centre + support + 0.5));
    weights.clear();
    double sum = 0;
    for (int j = 0; j < last - first; ++j) {
      weights.push_back(lanczos3((j + first - centre + 0.5) * inverse_stretch));
      sum += weights.back();
    }
    windows[i].first = first;
    for (const double weight : weights) {
      const double fixed = (sum != 0 ? weight / sum : weight) * (1 << kFractionBits);
      windows[i].weights.push_back(
          static_cast<std::int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
    }
  }
  return windows;
}

std::uint8_t to_byte(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);

cv::Mat resize_rows(const cv::Mat& image, int width) {
  const auto windows = fixed_point_windows(image.cols, width);
  const int channels = image.channels();
  cv::Mat result(image.rows, width, image.type());
  cv::parallel_for_(cv::Range(0, image.rows), [&](const cv::Range& range) {
    for (int y = range.start; y < range.end; ++y) {
      const std::uint8_t* in = image.ptr(y);
      std::uint8_t* out = result.ptr(y);
      for (const Window& window : windows) {
        for (int c = 0; c < channels; ++c) {
          const std::uint8_t* pixel = in + window.first * channels + c;
          std::int32_t sum = kHalf;
          for (const std::int32_t weight : window.weights) {
            sum += weight * *pixel;
            pixel += channels;
          }
          *out++ = to_byte(sum);
        }
      }
    }
  });
  return result;
}

cv::Mat resize_columns(const cv::Mat& image, int height) {
  const auto windows = fixed_point_windows(image.rows, height);
  const int samples = image.cols * image.channels();
  cv::Mat result(height, image.cols, image.type());
  cv::parallel_for_(cv::Range(0, height), [&](const cv::Range& range) {
    std::vector<std::int32_t> sums(samples);
    for (int y = range.start; y < range.end; ++y) {
      std::fill(sums.begin(), sums.end(), kHalf);
      int row = windows[y].first;
      for (const std::int32_t weight : windows[y].weights) {
        const std::uint8_t* in = image.ptr(row++);
        for (int i = 0; i < samples; ++i) sums[i] += weight * in[i];
      }
      std::transform(sums.begin(), sums.end(), result.ptr(y), to_byte);
    }
  });
  return result;
}

}  // namespace

cv::Mat resize_pillow_lanczos(const cv::Mat& image, int width, int height) {
  expect_type(image, {CV_8UC1, CV_8UC3}, "8-bit Lanczos resize");
  expect_target(width, height, "8-bit Lanczos resize");
  cv::Mat result = image;
  if (width != image.cols) result = resize_rows(result, width);
  if (height != image.rows) result = resize_columns(result, height);
  return result.data == image.data ? image.clone() : result;
}

cv::Mat resize_8bit(const cv::Mat& image, int width, int height) {
  expect_type(image, {CV_32FC3}, "quantised resize");
  expect_target(width, height, "quantised resize");
  cv::Mat bytes(image.size(), CV_8UC3);
  for (int y = 0; y < image.rows; ++y) {
    const float* in = image.ptr<float>(y);
    std::uint8_t* out = bytes.ptr(y);
    for (int i = 0; i < image.cols * 3; ++i) {
      const float value = 255.0f * in[i];
      out[i] = value > 0 ? static_cast<std::uint8_t>(std::min(value, 255.0f)) : 0;
    }
  }
  const cv::Mat resized = resize_pillow_lanczos(bytes, width, height);
  cv::Mat result(height, width, CV_32FC3);
  for (int y = 0; y < height; ++y) {
    std::transform(resized.ptr(y), resized.ptr(y) + width * 3, result.ptr<float>(y),
                   [](std::uint8_t value) { return static_cast<float>(value) / 255.0f; });
  }
  return result;
}

}  // namespace burin::core
