// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Float Lanczos-3 between a fractional box and a pixel grid.
#include "imaging/resample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "imaging/check.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

constexpr double kLobes = 3;

double lanczos(double x) {
  if (x == 0) return 1;
  if (std::abs(x) >= kLobes) return 0;
  const double a = std::numbers::pi * x;
  return kLobes * std::sin(a) * std::sin(a / kLobes) / (a * a);
}

double support_of(double length, int out) { return kLobes * std::max(length / out, 1.0); }

// Mirrored at the edges as often as needed: ... 1 0 | 0 1 2 ... n-1 | n-1 n-2 ...
int mirrored(long long index, int size) {
  const long long period = 2LL * size;
  index %= period;
  if (index < 0) index += period;
  return static_cast<int>(index < size ? index : period - 1 - index);
}

// For each output pixel `count` source pixels, already inside the image, and their weights.
struct Taps {
  int count = 0;
  std::vector<int> index;
  std::vector<double> weight;
};

Taps make_taps(double start, double length, int in, int out) {
  const double step = length / out;
  const double stretch = std::max(step, 1.0);
  const double support = support_of(length, out);
  Taps taps;
  taps.count = static_cast<int>(std::ceil(2 * support)) + 1;
  taps.index.resize(static_cast<std::size_t>(out) * taps.count);
  taps.weight.resize(taps.index.size());
  for (int i = 0; i < out; ++i) {
    const double centre = start + (i + 0.5) * step;
    const auto first = static_cast<long long>(std::floor(centre - support));
    int* index = &taps.index[static_cast<std::size_t>(i) * taps.count];
    double* weight = &taps.weight[static_cast<std::size_t>(i) * taps.count];
    double sum = 0;
    for (int j = 0; j < taps.count; ++j) {
      index[j] = mirrored(first + j, in);
      weight[j] = lanczos((static_cast<double>(first + j) + 0.5 - centre) / stretch);
      sum += weight[j];
    }
    for (int j = 0; j < taps.count; ++j) weight[j] /= sum;
  }
  return taps;
}

template <int kChannels>
void resample_row(const float* in, float* out, int width, const Taps& taps) {
  const int* index = taps.index.data();
  const double* weight = taps.weight.data();
  for (int x = 0; x < width; ++x) {
    double sum[kChannels] = {};
    for (int j = 0; j < taps.count; ++j) {
      const float* pixel = in + static_cast<std::size_t>(index[j]) * kChannels;
      for (int c = 0; c < kChannels; ++c) sum[c] += weight[j] * pixel[c];
    }
    for (int c = 0; c < kChannels; ++c) *out++ = static_cast<float>(sum[c]);
    index += taps.count;
    weight += taps.count;
  }
}

using RowFunction = void (*)(const float*, float*, int, const Taps&);

RowFunction row_function(int channels) {
  constexpr RowFunction kFunctions[] = {resample_row<1>, resample_row<2>, resample_row<3>,
                                        resample_row<4>};
  return kFunctions[channels - 1];
}

void expect_box(const Box& box, int width, int height) {
  expect_target(width, height, "resampling");
  const bool finite = std::isfinite(box.x1) && std::isfinite(box.y1) && std::isfinite(box.x2) &&
                      std::isfinite(box.y2);
  constexpr double kLimit = 1e9;
  if (!finite || !(box.width() > 0) || !(box.height() > 0) || std::abs(box.x1) > kLimit ||
      std::abs(box.x2) > kLimit || std::abs(box.y1) > kLimit || std::abs(box.y2) > kLimit) {
    throw Error(BURIN_E_INVALID,
                fmt::format("resampling: got the box ({}, {}, {}, {}), expected finite sides with "
                            "x1 < x2 and y1 < y2",
                            box.x1, box.y1, box.x2, box.y2));
  }
}

// First and one past the last pixel of 0..size that a window over [low, high) reads.
std::pair<int, int> axis_reach(double start, double length, int out, int size) {
  const double support = support_of(length, out);
  const double low = std::floor(start - support) - 1;
  const double high = std::ceil(start + length + support) + 2;
  double first = std::max(low, 0.0);
  double last = std::min<double>(high, size);
  if (low < 0) last = std::max(last, -low);
  if (high > size) first = std::min(first, 2.0 * size - high);
  return {static_cast<int>(std::clamp<double>(first, 0, size - 1)),
          static_cast<int>(std::clamp<double>(last, 1, size))};
}

}  // namespace

cv::Mat resample(const cv::Mat& image, const Box& box, int width, int height) {
  expect_type(image, {CV_32FC1, CV_32FC2, CV_32FC3, CV_32FC4}, "resampling");
  expect_box(box, width, height);
  const Taps across = make_taps(box.x1, box.width(), image.cols, width);
  const Taps down = make_taps(box.y1, box.height(), image.rows, height);
  const auto [low, high] = std::minmax_element(down.index.begin(), down.index.end());
  const int first_row = *low;
  const int rows = *high - first_row + 1;
  const int samples = width * image.channels();

  cv::Mat narrowed(rows, width, image.type());
  const RowFunction row_of = row_function(image.channels());
  cv::parallel_for_(cv::Range(0, rows), [&](const cv::Range& range) {
    for (int y = range.start; y < range.end; ++y) {
      row_of(image.ptr<float>(first_row + y), narrowed.ptr<float>(y), width, across);
    }
  });

  cv::Mat result(height, width, image.type());
  cv::parallel_for_(cv::Range(0, height), [&](const cv::Range& range) {
    std::vector<double> sums(samples);
    for (int y = range.start; y < range.end; ++y) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (int j = 0; j < down.count; ++j) {
        const std::size_t tap = static_cast<std::size_t>(y) * down.count + j;
        const double weight = down.weight[tap];
        if (weight == 0) continue;
        const float* in = narrowed.ptr<float>(down.index[tap] - first_row);
        for (int i = 0; i < samples; ++i) sums[i] += weight * in[i];
      }
      std::transform(sums.begin(), sums.end(), result.ptr<float>(y),
                     [](double sum) { return static_cast<float>(sum); });
    }
  });
  return result;
}

Box region_in_resampled(const Box& source, int width, int height, const Region& region) {
  expect_box(source, width, height);
  const double across = width / source.width();
  const double down = height / source.height();
  return {(region.x1 - source.x1) * across, (region.y1 - source.y1) * down,
          (region.x2 - source.x1) * across, (region.y2 - source.y1) * down};
}

Region resample_reach(int picture_width, int picture_height, const Box& box, int width,
                      int height) {
  expect_target(picture_width, picture_height, "resampling");
  expect_box(box, width, height);
  const auto [x1, x2] = axis_reach(box.x1, box.width(), width, picture_width);
  const auto [y1, y2] = axis_reach(box.y1, box.height(), height, picture_height);
  return {x1, y1, x2, y2};
}

}  // namespace burin::core
