// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Crop regions and dilation: recorded examples of the reference, and what holds for any box.
#include <rapidcheck.h>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <climits>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <ostream>

#include "segs/make_segs.hpp"
#include "support/expect_error.hpp"

using namespace burin::core;
using burin::test::holds;
using burin::test::sentence_of;

namespace burin::core {
std::ostream& operator<<(std::ostream& out, const Region& r) {
  return out << "(" << r.x1 << ", " << r.y1 << ", " << r.x2 << ", " << r.y2 << ")";
}
}  // namespace burin::core

namespace {

struct Example {
  int width, height;
  Box bbox;
  double factor;
  Region expected;
  int min_size = 0;
};

std::ostream& operator<<(std::ostream& out, const Example& e) {
  return out << e.width << "x" << e.height << " -> " << e.expected;
}

// The first six are the reference's own results.
const Example examples[] = {
    {512, 768, {100, 200, 180, 300}, 3, {20, 100, 260, 400}},
    {512, 768, {10, 20, 60, 90}, 3, {0, 0, 150, 210}},
    {512, 768, {450, 700, 512, 768}, 2.5, {357, 598, 512, 768}},
    {640, 480, {5, 5, 16, 26}, 1.5, {2, 0, 18, 31}},
    {300, 300, {0, 0, 290, 295}, 3, {0, 0, 300, 300}},
    {1024, 1024, {333, 400, 434, 511}, 1.7, {297, 361, 468, 549}},
    {100, 100, {50, 50, 52, 52}, 3, {41, 41, 61, 61}, 20},
    {100, 100, {50, 50, 52, 52}, 1, {0, 0, 100, 100}, INT_MAX},
    // Never less than a pixel.
    {100, 100, {10.2, 10.2, 10.4, 10.4}, 1, {10, 10, 11, 11}},
    {100, 100, {99.9, 99.9, 100, 100}, 1, {99, 99, 100, 100}},
    {100, 100, {100, 100, 100, 100}, 1, {99, 99, 100, 100}},
    {1, 1, {0, 0, 1, 1}, 100, {0, 0, 1, 1}},
    // Nothing overflows.
    {30000, 30000, {0, 0, 30000, 30000}, 1e300, {0, 0, 30000, 30000}},
    {30000, 30000, {29999, 0, 30000, 1}, 1e308, {0, 0, 30000, 30000}},
    {INT_MAX, INT_MAX, {5, 5, 2e9, 2e9}, 100, {0, 0, INT_MAX, INT_MAX}},
    {10, 10, {-1e300, -1e300, 1e300, 1e300}, 1e300, {0, 0, 10, 10}},
    {10, 10, {1e300, 1e300, 1e301, 1e301}, 1, {0, 0, 10, 10}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(make_crop_region_)

BOOST_DATA_TEST_CASE(gives_the_recorded_regions, examples) {
  BOOST_TEST(make_crop_region(sample.width, sample.height, sample.bbox, sample.factor,
                              sample.min_size) == sample.expected);
}

BOOST_AUTO_TEST_CASE(stays_inside_keeps_its_size_and_covers_the_box) {
  const bool fine = rc::check([] {
    const int width = *rc::gen::inRange(1, 30001), height = *rc::gen::inRange(1, 30001);
    const double x1 = *rc::gen::inRange(0, width * 4) / 4.0;
    const double y1 = *rc::gen::inRange(0, height * 4) / 4.0;
    const double x2 = x1 + *rc::gen::inRange(1, width * 4 - int(x1 * 4) + 1) / 4.0;
    const double y2 = y1 + *rc::gen::inRange(1, height * 4 - int(y1 * 4) + 1) / 4.0;
    const double factor = *rc::gen::inRange(100, 1000) / 100.0;
    const Region crop = make_crop_region(width, height, {x1, y1, x2, y2}, factor);
    RC_ASSERT(0 <= crop.x1 && crop.x1 < crop.x2 && crop.x2 <= width);
    RC_ASSERT(0 <= crop.y1 && crop.y1 < crop.y2 && crop.y2 <= height);
    // Truncating both ends costs less than two pixels at the far side and nothing at the near one.
    RC_ASSERT(crop.x1 <= x1 && crop.y1 <= y1);
    RC_ASSERT(crop.x2 > x2 - 2 && crop.y2 > y2 - 2);
    const double wanted = std::min<double>((x2 - x1) * factor, width);
    RC_ASSERT(std::abs(crop.width() - wanted) <= 1);
  });
  BOOST_TEST(fine);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_box_no_factor_or_no_picture) {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  for (double bad : {nan, inf, -inf}) {
    sentence_of(BURIN_E_INVALID, [&] { make_crop_region(9, 9, {bad, 0, 1, 1}, 3); });
    sentence_of(BURIN_E_INVALID, [&] { make_crop_region(9, 9, {0, 0, 1, bad}, 3); });
    sentence_of(BURIN_E_INVALID, [&] { make_crop_region(9, 9, {0, 0, 1, 1}, bad); });
  }
  sentence_of(BURIN_E_INVALID, [&] { make_crop_region(9, 9, {0, 0, 1, 1}, 0); });
  const auto sentence = sentence_of(BURIN_E_INVALID, [&] {
    make_crop_region(0, 9, {0, 0, 1, 1}, 3);
  });
  BOOST_TEST(holds(sentence, "0x9"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dilate_mask_)

BOOST_AUTO_TEST_CASE(grows_a_pixel_by_the_recorded_offsets) {
  struct {
    int k, lower, upper;
  } const cases[] = {{10, -4, 5}, {3, -1, 1}, {2, 0, 1}, {1, 0, 0}, {0, 0, 0}, {5, -2, 2}};
  for (const auto& each : cases) {
    cv::Mat mask = cv::Mat::zeros(40, 50, CV_32F);
    mask.at<float>(20, 25) = 0.75f;
    const cv::Mat grown = dilate_mask(mask, each.k);
    cv::Mat expected = cv::Mat::zeros(40, 50, CV_32F);
    expected(cv::Range(20 + each.lower, 21 + each.upper),
             cv::Range(25 + each.lower, 26 + each.upper)) = 0.75f;
    BOOST_TEST(cv::norm(grown, expected, cv::NORM_INF) == 0, "k = " << each.k);
  }
}

BOOST_AUTO_TEST_CASE(equals_opencv_with_a_square_kernel) {
  const bool same = rc::check([] {
    const int rows = *rc::gen::inRange(1, 30), columns = *rc::gen::inRange(1, 30);
    const int k = *rc::gen::inRange(-40, 41);
    cv::RNG random(*rc::gen::arbitrary<std::uint32_t>());
    cv::Mat mask(rows, columns, CV_32F);
    random.fill(mask, cv::RNG::UNIFORM, 0, 1);
    cv::Mat expected = mask.clone();
    if (k > 0) cv::dilate(mask, expected, cv::Mat::ones(k, k, CV_8U));
    if (k < 0) cv::erode(mask, expected, cv::Mat::ones(-k, -k, CV_8U));
    RC_ASSERT(cv::norm(dilate_mask(mask, k), expected, cv::NORM_INF) == 0);
  });
  BOOST_TEST(same);
}

BOOST_AUTO_TEST_CASE(looks_at_nothing_outside_the_mask_it_is_given) {
  cv::Mat picture = cv::Mat::ones(9, 9, CV_32F);
  picture(cv::Rect(2, 2, 4, 4)) = 0.0f;
  const cv::Mat inside = picture(cv::Rect(2, 2, 4, 4));
  BOOST_TEST(cv::countNonZero(dilate_mask(inside, 3)) == 0);
  BOOST_TEST(cv::countNonZero(dilate_mask(cv::Mat::ones(4, 4, CV_32F), -3)) == 16);
}

BOOST_AUTO_TEST_CASE(takes_any_size) {
  cv::Mat mask = cv::Mat::zeros(3, 4, CV_32F);
  mask.at<float>(0, 0) = 1;
  BOOST_TEST(cv::countNonZero(dilate_mask(mask, INT_MAX)) == 12);
  BOOST_TEST(cv::countNonZero(dilate_mask(mask, INT_MAX - 1)) == 12);
  BOOST_TEST(cv::countNonZero(dilate_mask(mask, INT_MIN)) == 0);
  BOOST_TEST(dilate_mask(cv::Mat(), 3).empty());
}

BOOST_AUTO_TEST_SUITE_END()
