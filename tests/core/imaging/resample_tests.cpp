// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Float Lanczos-3: no shift, no change of level, the same from a part as from the whole.
#include <rapidcheck.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <limits>

#include "core/imaging/pictures.hpp"
#include "imaging/resample.hpp"
#include "runtime/error.hpp"

namespace burin::test {
namespace {

using core::Box;
using core::Error;
using core::Region;
using core::region_in_resampled;
using core::resample;
using core::resample_reach;

// To the model's grid and back onto the picture's, as a crop travels.
cv::Mat round_trip(const cv::Mat& picture, const Box& source, int width, int height,
                   const Region& region) {
  const cv::Mat model = resample(picture, source, width, height);
  return resample(model, region_in_resampled(source, width, height, region), region.width(),
                  region.height());
}

cv::Mat part(const cv::Mat& picture, const Region& region) {
  return picture(cv::Rect(region.x1, region.y1, region.width(), region.height()));
}

BOOST_AUTO_TEST_SUITE(float_lanczos)

BOOST_AUTO_TEST_CASE(an_enlarged_crop_comes_back_without_a_shift) {
  const cv::Mat picture = blob(200, 160, 81.37, 66.81, 4);
  const double scale = 2.56;
  const Box source{41.3, 27.9, 41.3 + 192 / scale, 27.9 + 256 / scale};
  const Region region{44, 31, 114, 121};
  const cv::Mat back = round_trip(picture, source, 192, 256, region);
  const cv::Mat original = part(picture, region);
  const cv::Point2d shift = centroid(back) - centroid(original);
  BOOST_TEST(std::abs(shift.x) < 0.01);
  BOOST_TEST(std::abs(shift.y) < 0.01);
  BOOST_TEST(largest_difference(back, original) < 0.004);
}

BOOST_AUTO_TEST_CASE(a_reduced_crop_comes_back_without_a_shift) {
  const cv::Mat picture = blob(400, 320, 162.2, 133.6, 16);
  const double scale = 0.4;
  const Box source{30.25, 10.5, 30.25 + 96 / scale, 10.5 + 96 / scale};
  const Region region{31, 11, 270, 250};
  const cv::Mat back = round_trip(picture, source, 96, 96, region);
  const cv::Mat original = part(picture, region);
  const cv::Point2d shift = centroid(back) - centroid(original);
  BOOST_TEST(std::abs(shift.x) < 0.01);
  BOOST_TEST(std::abs(shift.y) < 0.01);
  BOOST_TEST(largest_difference(back, original) < 0.01);
}

BOOST_AUTO_TEST_CASE(flat_stays_flat_for_any_box) {
  BOOST_TEST(rc::check("flat stays flat", [] {
    const int width = *rc::gen::inRange(1, 40), height = *rc::gen::inRange(1, 40);
    const Box box{*rc::gen::inRange(-500, 300) / 10.0, *rc::gen::inRange(-500, 300) / 10.0, 0, 0};
    const Box full{box.x1, box.y1, box.x1 + *rc::gen::inRange(1, 900) / 10.0,
                   box.y1 + *rc::gen::inRange(1, 900) / 10.0};
    const cv::Mat picture(height, width, CV_32FC3, cv::Scalar(0.7, 0.2, 1.0));
    const cv::Mat result =
        resample(picture, full, *rc::gen::inRange(1, 50), *rc::gen::inRange(1, 50));
    const cv::Mat expected(result.size(), CV_32FC3, cv::Scalar(0.7, 0.2, 1.0));
    RC_ASSERT(largest_difference(result, expected) < 1e-6);
  }));
}

BOOST_AUTO_TEST_CASE(the_identity_box_changes_nothing) {
  for (int channels = 1; channels <= 4; ++channels) {
    const cv::Mat picture = noise_floats(37, 23, channels);
    BOOST_TEST(largest_difference(resample(picture, {0, 0, 37, 23}, 37, 23), picture) < 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(a_whole_pixel_box_cuts_a_part_out) {
  const cv::Mat picture = noise_floats(37, 23, 3);
  const Region region{5, 3, 31, 20};
  BOOST_TEST(largest_difference(resample(picture, {5, 3, 31, 20}, 26, 17), part(picture, region)) <
             1e-6);
}

BOOST_AUTO_TEST_CASE(outside_is_the_mirrored_picture) {
  const cv::Mat picture = noise_floats(10, 6, 1);
  cv::Mat mirrored;
  cv::copyMakeBorder(picture, mirrored, 6, 6, 13, 13, cv::BORDER_REFLECT);
  BOOST_TEST(largest_difference(resample(picture, {-13, -6, 23, 12}, 36, 18), mirrored) < 1e-6);
}

BOOST_AUTO_TEST_CASE(values_outside_the_unit_range_are_kept) {
  const cv::Mat picture(8, 8, CV_32FC1, cv::Scalar(-4.5));
  const cv::Mat result = resample(picture * -3, {1.5, 1.5, 6.5, 6.5}, 9, 9);
  BOOST_TEST(largest_difference(result, cv::Mat(9, 9, CV_32FC1, cv::Scalar(13.5))) < 1e-5);
}

BOOST_AUTO_TEST_CASE(the_reach_holds_all_that_is_read) {
  BOOST_TEST(rc::check("resampling the reach gives the same", [] {
    const int width = *rc::gen::inRange(1, 120), height = *rc::gen::inRange(1, 120);
    const cv::Mat picture = noise_floats(width, height, 1);
    const double x = *rc::gen::inRange(-300, 10 * width) / 10.0;
    const double y = *rc::gen::inRange(-300, 10 * height) / 10.0;
    const Box box{x, y, x + *rc::gen::inRange(1, 800) / 10.0, y + *rc::gen::inRange(1, 800) / 10.0};
    const int new_width = *rc::gen::inRange(1, 60), new_height = *rc::gen::inRange(1, 60);
    const Region reach = resample_reach(width, height, box, new_width, new_height);
    RC_ASSERT(reach.x1 >= 0 && reach.y1 >= 0 && reach.x2 <= width && reach.y2 <= height);
    RC_ASSERT(reach.x1 < reach.x2 && reach.y1 < reach.y2);
    const Box moved{box.x1 - reach.x1, box.y1 - reach.y1, box.x2 - reach.x1, box.y2 - reach.y1};
    RC_ASSERT(largest_difference(resample(picture, box, new_width, new_height),
                                 resample(part(picture, reach), moved, new_width, new_height)) <
              1e-5);
  }));
}

BOOST_AUTO_TEST_CASE(the_reach_of_a_small_box_is_small) {
  const Region reach = resample_reach(6000, 4000, {1000.5, 2000.5, 1100.5, 2100.5}, 256, 256);
  BOOST_TEST(reach.x1 >= 990);
  BOOST_TEST(reach.x2 <= 1111);
  BOOST_TEST(reach.y1 >= 1990);
  BOOST_TEST(reach.y2 <= 2111);
}

BOOST_AUTO_TEST_CASE(refuses_boxes_that_are_not) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const cv::Mat picture = noise_floats(8, 8, 1);
  for (const Box& box : {Box{0, 0, 0, 8}, Box{0, 5, 8, 4}, Box{kNan, 0, 8, 8}, Box{0, 0, kInf, 8},
                         Box{-1e12, 0, 8, 8}}) {
    BOOST_CHECK_THROW(resample(picture, box, 4, 4), Error);
    BOOST_CHECK_THROW(region_in_resampled(box, 4, 4, {0, 0, 8, 8}), Error);
    BOOST_CHECK_THROW(resample_reach(8, 8, box, 4, 4), Error);
  }
  BOOST_CHECK_THROW(resample(picture, {0, 0, 8, 8}, 0, 4), Error);
  BOOST_CHECK_THROW(resample(cv::Mat(), {0, 0, 8, 8}, 4, 4), Error);
  BOOST_CHECK_THROW(resample(noise_bytes(8, 8, 1), {0, 0, 8, 8}, 4, 4), Error);
  BOOST_CHECK_THROW(resample_reach(0, 8, {0, 0, 8, 8}, 4, 4), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace burin::test
