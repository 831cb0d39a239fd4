// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Planted drift is found and taken back; what was redrawn on purpose does not count.
#include <boost/test/unit_test.hpp>
#include <limits>

#include "core/imaging/pictures.hpp"
#include "imaging/colour_guard.hpp"
#include "runtime/error.hpp"

namespace burin::test {
namespace {

using core::colour_guard;
using core::delta_e76;
using core::DriftReport;
using core::Error;

constexpr int kSide = 96;

cv::Mat original_crop() { return noise_floats(kSide, kSide, 3) * 0.6 + cv::Scalar::all(0.2); }

// 1 in the middle half.
cv::Mat face_mask() {
  cv::Mat mask = cv::Mat::zeros(kSide, kSide, CV_32FC1);
  mask(cv::Rect(24, 24, 48, 48)).setTo(1);
  return mask;
}

cv::Mat drifted(const cv::Mat& original) {
  cv::Mat redrawn = original.clone();
  for (int y = 0; y < redrawn.rows; ++y) {
    for (int x = 0; x < redrawn.cols; ++x) {
      const float u = static_cast<float>(x) / kSide, v = static_cast<float>(y) / kSide;
      redrawn.at<cv::Vec3f>(y, x) +=
          cv::Vec3f(0.03f - 0.02f * u, -0.01f + 0.015f * v, 0.02f + 0.01f * u - 0.01f * v);
    }
  }
  return redrawn;
}

double mean_delta_e(const cv::Mat& a, const cv::Mat& b) {
  double sum = 0;
  for (int y = 0; y < a.rows; ++y) {
    for (int x = 0; x < a.cols; ++x) sum += delta_e76(a.at<cv::Vec3f>(y, x), b.at<cv::Vec3f>(y, x));
  }
  return sum / static_cast<double>(a.total());
}

BOOST_AUTO_TEST_SUITE(guard)

BOOST_AUTO_TEST_CASE(a_planted_plane_is_removed_in_spite_of_outliers) {
  const cv::Mat original = original_crop();
  const cv::Mat clean = drifted(original);
  cv::Mat redrawn = clean.clone();
  Noise noise;
  cv::Mat outlier = cv::Mat::zeros(kSide, kSide, CV_8UC1);
  for (int i = 0; i < kSide * kSide / 20; ++i) {
    const cv::Point at(noise.next() % kSide, (noise.next() >> 8) % kSide);
    redrawn.at<cv::Vec3f>(at) += cv::Vec3f(0.3f, 0.3f, -0.2f);
    outlier.at<uchar>(at) = 1;
  }
  const DriftReport report = colour_guard(redrawn, original, face_mask(), {});
  BOOST_TEST(report.pixels == kSide * kSide - 48 * 48);
  BOOST_TEST(report.before > 1);
  BOOST_TEST(report.after < report.before);
  redrawn.setTo(0, outlier);
  cv::Mat expected = original.clone();
  expected.setTo(0, outlier);
  BOOST_TEST(mean_delta_e(redrawn, expected) < 0.05);
}

BOOST_AUTO_TEST_CASE(without_outliers_the_report_falls_to_nothing) {
  const cv::Mat original = original_crop();
  cv::Mat redrawn = drifted(original);
  const DriftReport report = colour_guard(redrawn, original, face_mask(), {});
  BOOST_TEST(report.before > 1);
  BOOST_TEST(report.after < 0.01);
  BOOST_TEST(largest_difference(redrawn, original) < 1e-4);
}

BOOST_AUTO_TEST_CASE(a_new_face_inside_the_mask_does_not_count) {
  const cv::Mat original = original_crop();
  cv::Mat redrawn = original.clone();
  redrawn.setTo(cv::Scalar(1, 0, 0), face_mask() > 0);
  const cv::Mat before = redrawn.clone();
  colour_guard(redrawn, original, face_mask(), {});
  BOOST_TEST(largest_difference(redrawn, before) < 1e-6);
}

// A mask that leaves `count` pixels to measure, spread over the crop.
cv::Mat mask_with(int count) {
  cv::Mat mask = cv::Mat::ones(kSide, kSide, CV_32FC1);
  for (int i = 0; i < count; ++i)
    mask.at<float>((i * 37) % kSide, (i * 53 + i / kSide) % kSide) = 0;
  BOOST_REQUIRE(cv::countNonZero(mask) == kSide * kSide - count);
  return mask;
}

BOOST_AUTO_TEST_CASE(under_200_pixels_give_only_the_offset) {
  const cv::Mat original = original_crop();
  cv::Mat plane = drifted(original), offset = plane.clone();
  BOOST_TEST(colour_guard(plane, original, mask_with(200), {}).pixels == 200);
  BOOST_TEST(largest_difference(plane, original) < 1e-4);
  const cv::Mat before = offset.clone();
  BOOST_TEST(colour_guard(offset, original, mask_with(199), {}).pixels == 199);
  cv::Mat change = before - offset;
  double low = 0, high = 0;
  cv::minMaxLoc(change.reshape(1, kSide * kSide).col(0), &low, &high);
  BOOST_TEST(high - low < 1e-6);
  BOOST_TEST(low > 0.01);
}

BOOST_AUTO_TEST_CASE(under_20_pixels_change_nothing) {
  const cv::Mat original = original_crop();
  cv::Mat redrawn = drifted(original);
  const cv::Mat before = redrawn.clone();
  const DriftReport none = colour_guard(redrawn, original, mask_with(19), {});
  BOOST_TEST(largest_difference(redrawn, before) == 0);
  BOOST_TEST(none.pixels == 19);
  BOOST_TEST(none.before < 0);
  BOOST_TEST(none.after < 0);
  const DriftReport some = colour_guard(redrawn, original, mask_with(20), {});
  BOOST_TEST(some.pixels == 20);
  BOOST_TEST(some.after < some.before);
}

BOOST_AUTO_TEST_CASE(pixels_on_one_line_give_only_the_offset) {
  const cv::Mat original(300, 300, CV_32FC3, cv::Scalar::all(0.5));
  cv::Mat redrawn = original.clone();
  for (int x = 0; x < 300; ++x) {
    redrawn.col(x) += cv::Scalar::all(0.02 + 1e-4 * x);
  }
  cv::Mat mask = cv::Mat::ones(300, 300, CV_32FC1);
  mask.row(0).setTo(0);
  const cv::Mat before = redrawn.clone();
  BOOST_TEST(colour_guard(redrawn, original, mask, {}).pixels == 300);
  const cv::Mat change = before - redrawn;
  BOOST_TEST(largest_difference(change.col(0), change.col(299)) < 1e-6);
}

BOOST_AUTO_TEST_CASE(pixels_that_are_not_valid_or_not_finite_are_left_out) {
  const cv::Mat original = original_crop();
  cv::Mat redrawn = drifted(original);
  cv::Mat valid(kSide, kSide, CV_8UC1, cv::Scalar(1));
  valid.rowRange(0, 10).setTo(0);
  redrawn.rowRange(0, 10).setTo(cv::Scalar::all(30));
  redrawn.at<cv::Vec3f>(90, 90)[1] = std::numeric_limits<float>::quiet_NaN();
  const DriftReport report = colour_guard(redrawn, original, face_mask(), valid);
  BOOST_TEST(report.pixels == kSide * (kSide - 10) - 48 * 48 - 1);
  BOOST_TEST(report.after < 0.01);
  BOOST_TEST(largest_difference(redrawn.rowRange(10, 90), original.rowRange(10, 90)) < 1e-4);
}

BOOST_AUTO_TEST_CASE(a_large_crop_is_measured_on_a_sample) {
  const cv::Mat original(600, 500, CV_32FC3, cv::Scalar(0.3, 0.5, 0.7));
  cv::Mat redrawn = original + cv::Scalar(0.02, -0.02, 0.01);
  const DriftReport report =
      colour_guard(redrawn, original, cv::Mat::zeros(600, 500, CV_32FC1), {});
  BOOST_TEST(report.pixels == 300000);
  BOOST_TEST(largest_difference(redrawn, original) < 1e-5);
}

BOOST_AUTO_TEST_CASE(refuses_types_and_sizes_that_do_not_fit) {
  const cv::Mat original = original_crop();
  cv::Mat redrawn = original.clone(), empty, bytes = noise_bytes(kSide, kSide, 3);
  const cv::Mat mask = face_mask();
  BOOST_CHECK_THROW(colour_guard(empty, original, mask, {}), Error);
  BOOST_CHECK_THROW(colour_guard(bytes, original, mask, {}), Error);
  BOOST_CHECK_THROW(colour_guard(redrawn, original.rowRange(0, 5), mask, {}), Error);
  BOOST_CHECK_THROW(colour_guard(redrawn, original, mask.colRange(0, 5), {}), Error);
  BOOST_CHECK_THROW(colour_guard(redrawn, original, original, {}), Error);
  BOOST_CHECK_THROW(colour_guard(redrawn, original, mask, mask), Error);
  BOOST_CHECK_THROW(colour_guard(redrawn, original, mask, cv::Mat::ones(3, 3, CV_8UC1)), Error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(delta_e)

BOOST_AUTO_TEST_CASE(agrees_with_published_lab_values) {
  // sRGB primaries in D65 Lab: red 53.24, 80.09, 67.20; green 87.73, -86.18, 83.18.
  const double red_green = std::sqrt(std::pow(87.73 - 53.24, 2) + std::pow(86.18 + 80.09, 2) +
                                     std::pow(83.18 - 67.20, 2));
  BOOST_TEST(std::abs(delta_e76({1, 0, 0}, {0, 1, 0}) - red_green) < 0.05);
  BOOST_TEST(std::abs(delta_e76({1, 1, 1}, {0, 0, 0}) - 100) < 1e-6);
  BOOST_TEST(std::abs(delta_e76({1, 0, 0}, {0, 0, 0}) - 117.33) < 0.05);
  BOOST_TEST(delta_e76({0.3f, 0.4f, 0.5f}, {0.3f, 0.4f, 0.5f}) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace burin::test
