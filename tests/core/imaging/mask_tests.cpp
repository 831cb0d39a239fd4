// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Feathering, fading and growing.
#include <boost/test/unit_test.hpp>
#include <limits>

#include "core/imaging/pictures.hpp"
#include "imaging/mask.hpp"
#include "runtime/error.hpp"

namespace burin::test {
namespace {

using core::Error;
using core::fade_border;
using core::feather_mask;
using core::grow_mask;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// 1 from column 50 of 100.
cv::Mat step_mask() {
  cv::Mat mask = cv::Mat::zeros(20, 100, CV_32FC1);
  mask.colRange(50, 100).setTo(1);
  return mask;
}

double width_between(const cv::Mat& mask, float low, float high) {
  int count = 0;
  for (int x = 0; x < mask.cols; ++x) {
    count += mask.at<float>(10, x) > low && mask.at<float>(10, x) < high ? 1 : 0;
  }
  return count;
}

BOOST_AUTO_TEST_SUITE(feather)

BOOST_AUTO_TEST_CASE(a_step_becomes_a_monotone_ramp_of_the_width_asked_for) {
  const cv::Mat soft = feather_mask(step_mask(), 20);
  for (int x = 1; x < soft.cols; ++x) {
    BOOST_TEST(soft.at<float>(10, x) >= soft.at<float>(10, x - 1));
  }
  BOOST_TEST(std::abs(width_between(soft, 0.05f, 0.95f) - 20) <= 2);
  BOOST_TEST(std::abs(soft.at<float>(10, 49) + soft.at<float>(10, 50) - 1) < 1e-5);
}

BOOST_AUTO_TEST_CASE(more_feather_is_a_wider_ramp) {
  const cv::Mat mask = step_mask();
  BOOST_TEST(width_between(feather_mask(mask, 30), 0.05f, 0.95f) >
             width_between(feather_mask(mask, 15), 0.05f, 0.95f));
}

BOOST_AUTO_TEST_CASE(exact_ends_stay_exact) {
  const cv::Mat mask = step_mask();
  for (const double feather : {0.5, 1.0, 7.0, 20.0, 33.3}) {
    const cv::Mat soft = feather_mask(mask, feather);
    const int reach = static_cast<int>(std::ceil(3.5 * feather / 3.3));
    for (int y = 0; y < mask.rows; ++y) {
      for (int x = 0; x < 50 - reach; ++x) BOOST_REQUIRE(soft.at<float>(y, x) == 0.0f);
      for (int x = 50 + reach; x < 100; ++x) BOOST_REQUIRE(soft.at<float>(y, x) == 1.0f);
    }
    double low = 0, high = 0;
    cv::minMaxLoc(soft, &low, &high);
    BOOST_TEST(low == 0);
    BOOST_TEST(high == 1);
  }
}

BOOST_AUTO_TEST_CASE(full_and_empty_masks_do_not_change) {
  const cv::Mat full = cv::Mat::ones(17, 9, CV_32FC1);
  const cv::Mat empty = cv::Mat::zeros(17, 9, CV_32FC1);
  BOOST_TEST(largest_difference(feather_mask(full, 40), full) == 0);
  BOOST_TEST(largest_difference(feather_mask(empty, 40), empty) == 0);
  BOOST_TEST(feather_mask(cv::Mat::ones(1, 1, CV_32FC1), 5000).at<float>(0, 0) == 1.0f);
}

BOOST_AUTO_TEST_CASE(no_feather_is_a_copy) {
  const cv::Mat mask = noise_floats(9, 9, 1);
  const cv::Mat copy = feather_mask(mask, 0);
  BOOST_TEST(largest_difference(copy, mask) == 0);
  BOOST_TEST(copy.data != mask.data);
}

BOOST_AUTO_TEST_CASE(refuses_bad_masks_and_distances) {
  BOOST_CHECK_THROW(feather_mask(cv::Mat(), 3), Error);
  BOOST_CHECK_THROW(feather_mask(noise_bytes(4, 4, 1), 3), Error);
  BOOST_CHECK_THROW(feather_mask(cv::Mat(4, 4, CV_32FC1, cv::Scalar(1.5)), 3), Error);
  BOOST_CHECK_THROW(feather_mask(cv::Mat(4, 4, CV_32FC1, cv::Scalar(-0.1)), 3), Error);
  BOOST_CHECK_THROW(feather_mask(cv::Mat(4, 4, CV_32FC1, cv::Scalar(kNan)), 3), Error);
  BOOST_CHECK_THROW(feather_mask(step_mask(), -1), Error);
  BOOST_CHECK_THROW(feather_mask(step_mask(), kNan), Error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fade)

BOOST_AUTO_TEST_CASE(the_ring_is_zero_and_the_ramp_linear) {
  cv::Mat mask = cv::Mat::ones(30, 40, CV_32FC1);
  fade_border(mask, 4, false, false, false, false);
  for (int x = 0; x < mask.cols; ++x) {
    BOOST_TEST(mask.at<float>(0, x) == 0.0f);
    BOOST_TEST(mask.at<float>(29, x) == 0.0f);
  }
  for (int y = 0; y < mask.rows; ++y) {
    BOOST_TEST(mask.at<float>(y, 0) == 0.0f);
    BOOST_TEST(mask.at<float>(y, 39) == 0.0f);
  }
  BOOST_TEST(mask.at<float>(15, 1) == 0.25f);
  BOOST_TEST(mask.at<float>(15, 3) == 0.75f);
  BOOST_TEST(mask.at<float>(15, 4) == 1.0f);
  BOOST_TEST(mask.at<float>(27, 20) == 0.5f);
}

BOOST_AUTO_TEST_CASE(sides_at_the_pictures_edge_are_left_alone) {
  cv::Mat mask = cv::Mat::ones(30, 40, CV_32FC1);
  fade_border(mask, 4, false, true, true, true);
  BOOST_TEST(mask.at<float>(0, 0) == 0.0f);
  BOOST_TEST(mask.at<float>(0, 39) == 1.0f);
  BOOST_TEST(mask.at<float>(0, 20) == 1.0f);
  BOOST_TEST(mask.at<float>(29, 20) == 1.0f);
  fade_border(mask, 4, true, false, false, false);
  BOOST_TEST(mask.at<float>(0, 20) == 0.0f);
  BOOST_TEST(mask.at<float>(29, 20) == 0.0f);
  BOOST_TEST(mask.at<float>(15, 39) == 0.0f);
}

BOOST_AUTO_TEST_CASE(never_raises_the_mask_and_no_ramp_still_clears_the_ring) {
  cv::Mat mask = noise_floats(12, 9, 1) * 0.3;
  const cv::Mat before = mask.clone();
  fade_border(mask, 0, false, false, false, false);
  BOOST_TEST(cv::countNonZero(mask > before) == 0);
  BOOST_TEST(mask.at<float>(0, 5) == 0.0f);
  BOOST_TEST(mask.at<float>(1, 1) == before.at<float>(1, 1));
}

BOOST_AUTO_TEST_CASE(refuses_bad_masks_and_distances) {
  cv::Mat none, bytes = noise_bytes(4, 4, 1), good = step_mask();
  BOOST_CHECK_THROW(fade_border(none, 3, false, false, false, false), Error);
  BOOST_CHECK_THROW(fade_border(bytes, 3, false, false, false, false), Error);
  BOOST_CHECK_THROW(fade_border(good, -3, false, false, false, false), Error);
  BOOST_CHECK_THROW(fade_border(good, kNan, false, false, false, false), Error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(grow)

// By definition, one pixel at a time.
cv::Mat grown_slowly(const cv::Mat& mask, double px) {
  cv::Mat grown = mask.clone();
  for (int y = 0; y < mask.rows; ++y) {
    for (int x = 0; x < mask.cols; ++x) {
      for (int v = 0; v < mask.rows; ++v) {
        for (int u = 0; u < mask.cols; ++u) {
          if ((u - x) * (u - x) + (v - y) * (v - y) <= px * px) {
            grown.at<float>(y, x) = std::max(grown.at<float>(y, x), mask.at<float>(v, u));
          }
        }
      }
    }
  }
  return grown;
}

BOOST_AUTO_TEST_CASE(is_the_largest_value_within_the_distance) {
  cv::Mat mask = noise_floats(23, 17, 1);
  mask.setTo(0, mask < 0.9);
  for (const double px : {0.0, 0.9, 1.0, 1.5, 2.0, 3.7, 5.0, 11.2, 60.0}) {
    BOOST_TEST_CONTEXT(px << " pixels") {
      BOOST_TEST(largest_difference(grow_mask(mask, px), grown_slowly(mask, px)) == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(is_a_superset) {
  const cv::Mat mask = noise_floats(50, 40, 1);
  BOOST_TEST(cv::countNonZero(grow_mask(mask, 6.5) < mask) == 0);
}

BOOST_AUTO_TEST_CASE(refuses_bad_masks_and_distances) {
  BOOST_CHECK_THROW(grow_mask(cv::Mat(), 3), Error);
  BOOST_CHECK_THROW(grow_mask(noise_bytes(4, 4, 1), 3), Error);
  BOOST_CHECK_THROW(grow_mask(step_mask(), -0.5), Error);
  BOOST_CHECK_THROW(grow_mask(step_mask(), std::numeric_limits<double>::infinity()), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace burin::test
