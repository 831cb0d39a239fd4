// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Rows first, then columns.
#include "resample.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace burin::lanczos {
namespace {

constexpr double lobes = 3;

double sinc(double x) {
  const double angle = std::numbers::pi * x;
  return x == 0 ? 1 : std::sin(angle) / angle;
}

double kernel(double x) { return std::abs(x) < lobes ? sinc(x) * sinc(x / lobes) : 0; }

Taps taps_at(double centre, int64_t length) {
  const auto nearest = [](double at) { return static_cast<int64_t>(std::floor(at + 0.5)); };
  Taps taps;
  taps.first = std::max<int64_t>(0, nearest(centre - lobes));
  const int64_t end = std::min(length, nearest(centre + lobes));
  double sum = 0;
  for (int64_t i = taps.first; i < end; ++i) {
    taps.weights.push_back(kernel(static_cast<double>(i) + 0.5 - centre));
    sum += taps.weights.back();
  }
  for (double& weight : taps.weights) weight /= sum;
  return taps;
}

}  // namespace

std::vector<Taps> taps_of(int64_t length, int64_t factor) {
  std::vector<Taps> all;
  all.reserve(static_cast<size_t>(length * factor));
  for (int64_t i = 0; i < length * factor; ++i) {
    all.push_back(taps_at((static_cast<double>(i) + 0.5) / static_cast<double>(factor), length));
  }
  return all;
}

sdk::FloatPicture enlarged(const sdk::FloatView& picture, int64_t factor,
                           const std::function<void(double)>& after_row) {
  constexpr int64_t channels = 3;
  const auto columns = taps_of(picture.width, factor), rows = taps_of(picture.height, factor);
  sdk::FloatPicture wide(picture.height, picture.width * factor, channels);
  sdk::FloatPicture made(picture.height * factor, picture.width * factor, channels);
  const auto all_rows = static_cast<double>(wide.height + made.height);
  for (int64_t y = 0; y < wide.height; ++y) {
    for (int64_t x = 0; x < wide.width; ++x) {
      const Taps& taps = columns[static_cast<size_t>(x)];
      for (int64_t c = 0; c < channels; ++c) {
        double sum = 0;
        int64_t from = taps.first;
        for (const double weight : taps.weights) {
          sum += weight * static_cast<double>(picture.at(y, from++, c));
        }
        wide.at(y, x, c) = static_cast<float>(sum);
      }
    }
    after_row(static_cast<double>(y + 1) / all_rows);
  }
  std::vector<double> sums(static_cast<size_t>(made.width * channels));
  for (int64_t y = 0; y < made.height; ++y) {
    const Taps& taps = rows[static_cast<size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0.0);
    for (size_t tap = 0; tap < taps.weights.size(); ++tap) {
      const float* from = &wide.at(taps.first + static_cast<int64_t>(tap), 0);
      for (size_t i = 0; i < sums.size(); ++i) {
        sums[i] += taps.weights[tap] * static_cast<double>(from[i]);
      }
    }
    std::transform(sums.begin(), sums.end(), &made.at(y, 0),
                   [](double sum) { return static_cast<float>(sum); });
    after_row(static_cast<double>(wide.height + y + 1) / all_rows);
  }
  return made;
}

}  // namespace burin::lanczos
