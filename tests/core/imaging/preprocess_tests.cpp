// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pictures for control networks.
#include "imaging/preprocess.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "runtime/error.hpp"

namespace burin::test {
namespace {

using namespace burin::core;

// A dark disc on a light ground, 96 x 64.
cv::Mat disc() {
  cv::Mat picture(64, 96, CV_32FC3, cv::Scalar(0.9, 0.8, 0.7));
  cv::circle(picture, {48, 32}, 16, cv::Scalar(0.1, 0.2, 0.1), cv::FILLED);
  return picture;
}

double mean(const cv::Mat& picture) { return cv::mean(picture.reshape(1))[0]; }
float red(const cv::Mat& picture, int x, int y) { return picture.at<cv::Vec3f>(y, x)[0]; }

}  // namespace

BOOST_AUTO_TEST_SUITE(preprocessors)

BOOST_AUTO_TEST_CASE(canny_draws_the_outline_alone) {
  const cv::Mat edges = canny_picture(disc(), 0.4, 0.8);
  BOOST_TEST(edges.type() == CV_32FC3);
  BOOST_TEST(red(edges, 48, 32) == 0);
  BOOST_TEST(red(edges, 2, 2) == 0);
  const double drawn = mean(edges) * 96 * 64;
  BOOST_TEST(drawn > 2 * 16 * 3.14 * 0.7);
  BOOST_TEST(drawn < 2 * 16 * 3.14 * 1.5);
  BOOST_TEST(mean(canny_picture(cv::Mat(64, 96, CV_32FC3, cv::Scalar::all(0.5)), 0, 0.1)) == 0);
}

BOOST_AUTO_TEST_CASE(tiles_keep_the_colours_and_lose_the_detail) {
  const cv::Mat picture = disc(), tile = tile_picture(picture, 16);
  BOOST_TEST(tile.size() == picture.size());
  BOOST_TEST(std::abs(mean(tile) - mean(picture)) < 0.02);
  BOOST_TEST(red(tile, 48, 32) < 0.4);
  BOOST_TEST(std::abs(red(tile, 32, 32) - red(picture, 31, 32)) > 0.1);
  BOOST_TEST(cv::norm(tile_picture(picture, 1), picture, cv::NORM_INF) < 1e-5);
  BOOST_TEST(tile_picture(cv::Mat(3, 2, CV_32FC3, cv::Scalar::all(0.5)), 64).size() ==
             cv::Size(2, 3));
}

BOOST_AUTO_TEST_CASE(scribbles_are_white_where_the_picture_is_darker_than_around) {
  cv::Mat line(64, 96, CV_32FC3, cv::Scalar::all(0.9));
  line.col(40).setTo(cv::Scalar::all(0.1));
  const cv::Mat strokes = scribble_picture(line);
  BOOST_TEST(red(strokes, 40, 30) == 1);
  BOOST_TEST(red(strokes, 60, 30) == 0);
}

BOOST_AUTO_TEST_CASE(inpainting_marks_the_mask_with_minus_one) {
  const cv::Mat picture = disc();
  cv::Mat mask = cv::Mat::zeros(64, 96, CV_32F);
  mask(cv::Rect(0, 0, 10, 10)) = 0.6;
  mask(cv::Rect(10, 0, 10, 10)) = 0.4;
  const cv::Mat marked = inpaint_picture(picture, mask);
  BOOST_TEST(red(marked, 5, 5) == -1);
  BOOST_TEST(red(marked, 15, 5) == red(picture, 15, 5));
  BOOST_CHECK_THROW(inpaint_picture(picture, mask.rowRange(0, 10)), Error);
}

BOOST_AUTO_TEST_CASE(names_and_parameters_choose_the_picture) {
  const cv::Mat picture = disc(), mask;
  const auto none = nlohmann::json::object();
  const auto same = [](const cv::Mat& a, const cv::Mat& b) {
    return cv::norm(a, b, cv::NORM_INF) == 0;
  };
  BOOST_TEST(same(preprocess("none", none, picture, mask), picture));
  BOOST_TEST(same(preprocess("grey", none, picture, mask), grey_picture(picture)));
  BOOST_TEST(same(preprocess("blur", {{"blur", 2.5}}, picture, mask), blur_picture(picture, 2.5)));
  BOOST_TEST(same(preprocess("blur", {{"blur", 0}}, picture, mask), picture));
  BOOST_TEST(same(preprocess("tile", {{"factor", 4}}, picture, mask), tile_picture(picture, 4)));
  BOOST_TEST(same(preprocess("canny", {{"low", 0.1}, {"high", 0.2}}, picture, mask),
                  canny_picture(picture, 0.1, 0.2)));
  BOOST_TEST(std::abs(red(preprocess("grey", {{"invert", true}}, picture, mask), 2, 2) -
                      (1 - red(grey_picture(picture), 2, 2))) < 1e-6);
  BOOST_CHECK_THROW(preprocess("grey", none, cv::Mat(), mask), Error);
  BOOST_CHECK_THROW(preprocess("grey", none, cv::Mat(4, 4, CV_8UC3), mask), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
