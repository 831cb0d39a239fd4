// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the face detector finds, by size and place.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <opencv2/imgproc.hpp>

#include "pictures.hpp"

using namespace burin;
using namespace burin::test;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(yunet_faces)

BOOST_AUTO_TEST_CASE(finds_each_of_the_six_faces_of_the_team_once) {
  // Drawn over the picture and checked by eye.
  const std::vector<cv::Rect2d> expected = {{96, 81, 72, 96},   {324, 71, 65, 85},
                                            {560, 108, 61, 82}, {104, 321, 56, 78},
                                            {327, 306, 55, 72}, {567, 340, 51, 73}};
  const auto found = faces_in(demo_picture("team.jpg"));
  BOOST_TEST(found.size() == 6U);
  for (const cv::Rect2d& face : expected) {
    const auto hits = std::count_if(found.begin(), found.end(),
                                    [&](const auto& f) { return overlap(f, face) > 0.8; });
    BOOST_TEST(hits == 1, "the face at " << face << " was found " << hits << " times");
  }
}

BOOST_AUTO_TEST_CASE(says_where_eyes_nose_and_mouth_of_the_astronaut_are) {
  const auto found = faces_in(demo_picture("astronaut.png"));
  BOOST_REQUIRE(found.size() == 1U);
  const sdk::Detection& face = found.front();
  BOOST_TEST(face.label == "face");
  BOOST_TEST(face.confidence > 0.9);
  BOOST_TEST(overlap(face, astronaut_face()) > 0.9);
  BOOST_REQUIRE(face.landmarks.size() == 5U);
  for (const sdk::Point& point : face.landmarks) {
    BOOST_TEST((point.x > face.x1 && point.x < face.x2));
    BOOST_TEST((point.y > face.y1 && point.y < face.y2));
  }
  // The person's right is the picture's left.
  BOOST_TEST(face.landmarks[0].x < face.landmarks[1].x);
  BOOST_TEST(face.landmarks[3].x < face.landmarks[4].x);
  BOOST_TEST(face.landmarks[0].y < face.landmarks[2].y);
  BOOST_TEST(face.landmarks[2].y < face.landmarks[3].y);
}

BOOST_DATA_TEST_CASE(finds_a_face_of_any_size,
                     data::make({12, 14, 16, 20, 24, 32, 48, 96, 200, 420, 900}), face_px) {
  const cv::Mat picture = astronaut_with_face_of(face_px);
  const double scale = face_px / astronaut_face().height;
  const auto found = faces_in(picture);
  BOOST_REQUIRE(found.size() == 1U);
  const cv::Rect2d box = astronaut_face();
  const double required = face_px < 20 ? 0.5 : 0.75;
  BOOST_TEST(overlap(found.front(), {box.x * scale, box.y * scale, box.width * scale,
                                     box.height * scale}) > required);
}

BOOST_DATA_TEST_CASE(finds_a_face_that_fills_the_picture, data::make({48, 64, 100, 320, 640, 1000}),
                     side) {
  const cv::Mat tight = demo_picture("astronaut.png")(cv::Rect(astronaut_face()));
  cv::Mat scaled;
  cv::resize(tight, scaled, {side, side * tight.rows / tight.cols}, 0, 0,
             side < tight.cols ? cv::INTER_AREA : cv::INTER_CUBIC);
  const auto found = faces_in(scaled);
  BOOST_REQUIRE(found.size() == 1U);
  BOOST_TEST(overlap(found.front(), cv::Rect2d(0, 0, scaled.cols, scaled.rows)) > 0.6);
}

BOOST_AUTO_TEST_CASE(finds_a_face_of_12_pixels_in_24_megapixels_that_are_mostly_plain) {
  const cv::Mat head = astronaut_with_face_of(12);
  cv::Mat picture(4000, 6000, CV_8UC3, cv::Scalar(120, 110, 100));
  const cv::Point at(3217, 1431);
  head.copyTo(picture(cv::Rect(at, head.size())));
  const auto found = faces_in(picture);
  BOOST_REQUIRE(found.size() == 1U);
  const cv::Rect2d face = astronaut_face();
  const double scale = 12 / face.height;
  BOOST_TEST(overlap(found.front(), {at.x + face.x * scale, at.y + face.y * scale,
                                     face.width * scale, face.height * scale}) > 0.5);
}

// 1900 pixels take three tiles; the first two meet between 598 and 704.
BOOST_DATA_TEST_CASE(finds_a_face_once_wherever_tiles_meet,
                     data::make({12.0, 16.0, 30.0, 60.0, 111.0}) * data::xrange(0, 6), face_px,
                     place) {
  const double scale = face_px / astronaut_face().height;
  const cv::Rect head(130, 10, 190, 200);  // with hair and some surroundings
  const cv::Mat whole = astronaut_with_face_of(face_px);
  cv::Mat small = whole(cv::Rect(cv::Point2d(head.tl()) * scale, cv::Size2d(head.size()) * scale));
  cv::Mat picture(700, 1900, CV_8UC3, cv::Scalar(120, 110, 100));
  const cv::Point at(570 + 27 * place, 300);
  small.copyTo(picture(cv::Rect(at, small.size())));
  const auto found = faces_in(picture);
  BOOST_REQUIRE(found.size() == 1U);
  const cv::Rect2d face = astronaut_face();
  const cv::Rect2d expected(at.x + (face.x - head.x) * scale, at.y + (face.y - head.y) * scale,
                            face.width * scale, face.height * scale);
  BOOST_TEST(overlap(found.front(), expected) > 0.5);
}

BOOST_AUTO_TEST_CASE(finds_faces_without_colour) {
  cv::Mat grey, rgb;
  cv::cvtColor(demo_picture("team.jpg"), grey, cv::COLOR_RGB2GRAY);
  cv::cvtColor(grey, rgb, cv::COLOR_GRAY2RGB);
  BOOST_TEST(faces_in(rgb).size() == 6U);
}

BOOST_AUTO_TEST_CASE(finds_nothing_where_there_is_nobody) {
  BOOST_TEST(faces_in(cv::Mat(480, 640, CV_8UC3, cv::Scalar(90, 120, 200))).empty());
  BOOST_TEST(faces_in(cv::Mat(480, 640, CV_8UC3, cv::Scalar::all(0))).empty());
  for (const double blur : {0.0, 1.5, 6.0}) {
    BOOST_TEST(faces_in(noise_picture(640, 480, blur, 3)).empty());
  }
}

BOOST_DATA_TEST_CASE(takes_pictures_of_odd_sizes,
                     data::make({1, 13, 1, 4000, 1, 33}) ^ data::make({1, 7, 4000, 1, 2, 31}),
                     width, height) {
  BOOST_TEST(faces_in(noise_picture(width, height, 0, 5)).empty());
}

BOOST_AUTO_TEST_CASE(leaves_out_what_is_smaller_than_asked) {
  const cv::Mat team = demo_picture("team.jpg");
  BOOST_TEST(faces_in(team, {0.5, 50}).size() == 6U);
  const auto large = faces_in(team, {0.5, 60});
  BOOST_TEST(large.size() == 3U);  // 72, 65 and 61 pixels wide
  for (const auto& face : large) {
    BOOST_TEST(std::min(face.x2 - face.x1, face.y2 - face.y1) >= 60);
  }
}

BOOST_AUTO_TEST_CASE(a_higher_threshold_leaves_the_surer_faces) {
  const cv::Mat team = demo_picture("team.jpg");
  const auto all = faces_in(team, {0.3, 0}), sure = faces_in(team, {0.94, 0});
  BOOST_TEST(sure.size() < all.size());
  for (const auto& face : sure) BOOST_TEST(face.confidence >= 0.94);
  BOOST_TEST(faces_in(team, {1.0, 0}).empty());
}

BOOST_AUTO_TEST_CASE(reports_boxes_inside_the_picture_best_first) {
  const auto found = faces_in(demo_picture("team.jpg"), {0.05, 0});
  BOOST_REQUIRE(found.size() >= 6U);
  double before = 1;
  for (const auto& face : found) {
    BOOST_TEST((face.x1 >= 0 && face.y1 >= 0 && face.x2 <= 720 && face.y2 <= 480));
    BOOST_TEST((face.x1 < face.x2 && face.y1 < face.y2));
    BOOST_TEST(face.confidence <= before);
    before = face.confidence;
  }
}

BOOST_AUTO_TEST_SUITE_END()
