// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pictures the imaging tests share: noise that is the same everywhere, blobs and ramps.
#pragma once

#include <cmath>
#include <cstdint>
#include <opencv2/core.hpp>

namespace burin::test {

// The generator of tests/data/imaging/make_pillow_lanczos.py.
class Noise {
 public:
  std::uint32_t next() { return state_ = state_ * 1664525u + 1013904223u; }
  std::uint8_t byte() { return static_cast<std::uint8_t>(next() >> 24); }
  float unit() { return static_cast<float>(next() >> 8) / 16777216.0f; }

 private:
  std::uint32_t state_ = 1;
};

inline cv::Mat noise_bytes(int width, int height, int channels) {
  cv::Mat image(height, width, CV_8UC(channels));
  Noise noise;
  for (std::size_t i = 0; i < image.total() * channels; ++i) image.data[i] = noise.byte();
  return image;
}

inline cv::Mat noise_floats(int width, int height, int channels) {
  cv::Mat image(height, width, CV_32FC(channels));
  Noise noise;
  for (std::size_t i = 0; i < image.total() * channels; ++i) {
    image.ptr<float>()[i] = noise.unit();
  }
  return image;
}

// A Gaussian of height 1; x and y in pixel edges.
inline cv::Mat blob(int width, int height, double x, double y, double sigma) {
  cv::Mat image(height, width, CV_32FC1);
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      const double dx = column + 0.5 - x, dy = row + 0.5 - y;
      image.at<float>(row, column) =
          static_cast<float>(std::exp(-(dx * dx + dy * dy) / (2 * sigma * sigma)));
    }
  }
  return image;
}

inline cv::Point2d centroid(const cv::Mat& image) {
  cv::Point2d sum;
  double weight = 0;
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      const double value = image.at<float>(y, x);
      sum += value * cv::Point2d(x + 0.5, y + 0.5);
      weight += value;
    }
  }
  return sum / weight;
}

inline double largest_difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_INF);
}

inline std::uint64_t fnv1a(const cv::Mat& image) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (std::size_t i = 0; i < image.total() * image.elemSize(); ++i) {
    hash = (hash ^ image.data[i]) * 0x100000001b3u;
  }
  return hash;
}

}  // namespace burin::test
