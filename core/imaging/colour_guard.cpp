// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A robust plane through the difference of redrawn and original, per channel.
#include "imaging/colour_guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "imaging/check.hpp"
#include "imaging/srgb_curve.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

constexpr int kPlanePixels = 200;
constexpr int kOffsetPixels = 20;
constexpr std::size_t kMostSamples = 16384;
constexpr int kRounds = 3;
constexpr float kUntouched = 0.01f;

// Offset and slopes; coordinates run from -1 to 1 over the crop.
using Plane = cv::Vec3d;

cv::Vec3d basis_at(int x, int y, const cv::Size& size) {
  return {1, size.width > 1 ? 2.0 * x / (size.width - 1) - 1 : 0,
          size.height > 1 ? 2.0 * y / (size.height - 1) - 1 : 0};
}

bool is_finite(const cv::Vec3f& colour) {
  return std::isfinite(colour[0]) && std::isfinite(colour[1]) && std::isfinite(colour[2]);
}

std::vector<cv::Point> untouched_pixels(const cv::Mat& redrawn, const cv::Mat& original,
                                        const cv::Mat& mask, const cv::Mat& valid) {
  std::vector<cv::Point> pixels;
  for (int y = 0; y < mask.rows; ++y) {
    for (int x = 0; x < mask.cols; ++x) {
      if (mask.at<float>(y, x) < kUntouched && (valid.empty() || valid.at<uchar>(y, x) != 0) &&
          is_finite(redrawn.at<cv::Vec3f>(y, x)) && is_finite(original.at<cv::Vec3f>(y, x))) {
        pixels.emplace_back(x, y);
      }
    }
  }
  return pixels;
}

std::vector<cv::Point> evenly_spread(const std::vector<cv::Point>& pixels) {
  if (pixels.size() <= kMostSamples) return pixels;
  std::vector<cv::Point> some(kMostSamples);
  for (std::size_t i = 0; i < kMostSamples; ++i) some[i] = pixels[i * pixels.size() / kMostSamples];
  return some;
}

double median_of_absolutes(std::vector<double> values) {
  for (double& value : values) value = std::abs(value);
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Weighted least squares; with_slopes false leaves the slopes 0.
Plane weighted_fit(const std::vector<cv::Vec3d>& basis, const std::vector<double>& values,
                   const std::vector<double>& weights, bool with_slopes) {
  cv::Matx33d normal = cv::Matx33d::zeros();
  cv::Vec3d right;
  for (std::size_t i = 0; i < values.size(); ++i) {
    normal += weights[i] * basis[i] * basis[i].t();
    right += weights[i] * values[i] * basis[i];
  }
  if (!with_slopes) return {right[0] / normal(0, 0), 0, 0};
  return normal.solve(right, cv::DECOMP_SVD);
}

Plane huber_fit(const std::vector<cv::Vec3d>& basis, const std::vector<double>& values,
                bool with_slopes) {
  constexpr double kTuning = 1.345, kSmallestSigma = 1e-6, kMadToSigma = 1 / 0.6745;
  std::vector<double> weights(values.size(), 1), residuals(values.size());
  Plane plane = weighted_fit(basis, values, weights, with_slopes);
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < values.size(); ++i) residuals[i] = values[i] - plane.dot(basis[i]);
    const double sigma = std::max(median_of_absolutes(residuals) * kMadToSigma, kSmallestSigma);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double size = std::abs(residuals[i]);
      weights[i] = size <= kTuning * sigma ? 1 : kTuning * sigma / size;
    }
    plane = weighted_fit(basis, values, weights, with_slopes);
  }
  return plane;
}

// Slopes are worth fitting only where the pixels spread over both directions.
bool span_a_plane(const std::vector<cv::Vec3d>& basis) {
  cv::Matx33d moments = cv::Matx33d::zeros();
  for (const cv::Vec3d& at : basis) moments += at * at.t();
  moments *= 1.0 / static_cast<double>(basis.size());
  cv::Vec3d eigenvalues;
  cv::eigen(moments, eigenvalues);
  constexpr double kLeastSpread = 1e-3;
  return eigenvalues[2] > kLeastSpread;
}

double mean_delta_e(const cv::Mat& a, const cv::Mat& b, const std::vector<cv::Point>& pixels) {
  double sum = 0;
  for (const cv::Point& at : pixels) sum += delta_e76(a.at<cv::Vec3f>(at), b.at<cv::Vec3f>(at));
  return sum / static_cast<double>(pixels.size());
}

void subtract_planes(cv::Mat& image, const std::array<Plane, 3>& planes) {
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      const cv::Vec3d basis = basis_at(x, y, image.size());
      cv::Vec3f& colour = image.at<cv::Vec3f>(y, x);
      for (int c = 0; c < 3; ++c) {
        colour[c] = static_cast<float>(colour[c] - planes[c].dot(basis));
      }
    }
  }
}

void expect_same_size(const cv::Mat& redrawn, const cv::Mat& other, const char* what) {
  if (other.size() != redrawn.size()) {
    throw Error(BURIN_E_INVALID,
                fmt::format("colour guard: got {} of {}x{} pixels for a crop of {}x{}, expected "
                            "the same size",
                            what, other.cols, other.rows, redrawn.cols, redrawn.rows));
  }
}

cv::Vec3d lab(const cv::Vec3f& srgb) {
  const double r = srgb_to_linear(srgb[0]);
  const double g = srgb_to_linear(srgb[1]);
  const double b = srgb_to_linear(srgb[2]);
  // IEC 61966-2-1 primaries, divided by the D65 white point (the sum of each row).
  const double x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505;
  const double y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const double z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.0890;
  constexpr double kEpsilon = 216.0 / 24389, kKappa = 24389.0 / 27;
  const auto f = [](double t) { return t > kEpsilon ? std::cbrt(t) : (kKappa * t + 16) / 116; };
  return {116 * f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z))};
}

}  // namespace

DriftReport colour_guard(cv::Mat& redrawn, const cv::Mat& original, const cv::Mat& mask,
                         const cv::Mat& valid) {
  expect_type(redrawn, {CV_32FC3}, "colour guard, redrawn");
  expect_type(original, {CV_32FC3}, "colour guard, original");
  expect_type(mask, {CV_32FC1}, "colour guard, mask");
  expect_same_size(redrawn, original, "an original");
  expect_same_size(redrawn, mask, "a mask");
  if (!valid.empty()) {
    expect_type(valid, {CV_8UC1}, "colour guard, valid pixels");
    expect_same_size(redrawn, valid, "valid pixels");
  }

  const auto untouched = untouched_pixels(redrawn, original, mask, valid);
  DriftReport report;
  report.pixels = static_cast<int>(untouched.size());
  if (report.pixels < kOffsetPixels) return report;

  const auto samples = evenly_spread(untouched);
  std::vector<cv::Vec3d> basis;
  basis.reserve(samples.size());
  for (const cv::Point& at : samples) basis.push_back(basis_at(at.x, at.y, redrawn.size()));
  const bool with_slopes = report.pixels >= kPlanePixels && span_a_plane(basis);

  std::array<Plane, 3> planes;
  std::vector<double> drift(samples.size());
  for (int c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      drift[i] = static_cast<double>(redrawn.at<cv::Vec3f>(samples[i])[c]) -
                 original.at<cv::Vec3f>(samples[i])[c];
    }
    planes[c] = huber_fit(basis, drift, with_slopes);
  }
  report.before = mean_delta_e(redrawn, original, samples);
  subtract_planes(redrawn, planes);
  report.after = mean_delta_e(redrawn, original, samples);
  return report;
}

double delta_e76(const cv::Vec3f& a, const cv::Vec3f& b) { return cv::norm(lab(a) - lab(b)); }

}  // namespace burin::core
