// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Parts of faces: the geometry alone, and the module over a picture of six people.
#include "regions.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "burin/cpp/detector.hpp"

using namespace burin;
using regions::parts_of;
namespace tt = boost::test_tools;

namespace {

// Looks into the camera; pupils and mouth are 40 pixels apart.
sdk::Detection frontal() {
  return {60, 50, 140, 160, 0.9, "person", {{80, 90}, {120, 90}, {100, 112}, {84, 130}, {116, 130}},
          {}};
}

std::map<std::string, sdk::Detection> by_label(const std::vector<sdk::Detection>& parts) {
  std::map<std::string, sdk::Detection> named;
  for (const auto& part : parts) named[part.label] = part;
  return named;
}

bool inside(const sdk::Detection& box, const sdk::Point& point) {
  return box.x1 < point.x && point.x < box.x2 && box.y1 < point.y && point.y < box.y2;
}

double overlap(const sdk::Detection& a, const sdk::Detection& b) {
  const double w = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  const double h = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  return w > 0 && h > 0 ? w * h : 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parts)

BOOST_AUTO_TEST_CASE(each_part_lies_around_its_landmark_and_clear_of_the_others) {
  const auto face = frontal();
  const auto parts = parts_of(face);
  BOOST_REQUIRE(parts.size() == 5U);
  BOOST_TEST(parts[0].label == "face");
  BOOST_TEST(parts[0].x2 == face.x2);
  auto named = by_label(parts);
  BOOST_TEST(inside(named["right_eye"], face.landmarks[0]));
  BOOST_TEST(inside(named["left_eye"], face.landmarks[1]));
  BOOST_TEST(inside(named["mouth"], face.landmarks[3]));
  BOOST_TEST(inside(named["mouth"], face.landmarks[4]));
  BOOST_TEST(!inside(named["mouth"], face.landmarks[2]));
  BOOST_TEST(overlap(named["left_eye"], named["right_eye"]) == 0);
  BOOST_TEST(overlap(named["left_eye"], named["mouth"]) == 0);
  for (const auto& part : parts) {
    BOOST_TEST(part.confidence == 0.9);
    BOOST_TEST(part.landmarks.empty() == (part.label != "face"));
  }
}

BOOST_AUTO_TEST_CASE(scale_and_place_are_those_of_the_face) {
  auto face = frontal();
  const auto before = by_label(parts_of(face));
  for (auto& p : face.landmarks) p = {7 * p.x - 300, 7 * p.y + 11};
  for (const auto& [label, part] : by_label(parts_of(face))) {
    if (label == "face") continue;
    BOOST_TEST(part.x1 == 7 * before.at(label).x1 - 300, tt::tolerance(1e-9));
    BOOST_TEST(part.y2 == 7 * before.at(label).y2 + 11, tt::tolerance(1e-9));
  }
}

BOOST_AUTO_TEST_CASE(a_face_that_lies_on_its_side_has_upright_boxes_of_turned_parts) {
  auto face = frontal();
  const auto before = by_label(parts_of(face));
  for (auto& p : face.landmarks) p = {-p.y, p.x};  // a quarter turn
  for (const auto& [label, part] : by_label(parts_of(face))) {
    if (label == "face") continue;
    BOOST_TEST(part.x2 - part.x1 == before.at(label).y2 - before.at(label).y1, tt::tolerance(1e-9));
    BOOST_TEST(part.y2 - part.y1 == before.at(label).x2 - before.at(label).x1, tt::tolerance(1e-9));
  }
}

BOOST_AUTO_TEST_CASE(a_person_reaches_from_the_hair_to_the_feet_below_the_face) {
  auto face = frontal();
  const auto standing = by_label(parts_of(face)).at("person");
  // Pupils at y 90 and 40 apart are 63 mm: 1.70 m in all, 160 px to each side.
  BOOST_TEST(standing.y1 == 10, tt::tolerance(1e-9));
  BOOST_TEST(standing.y2 == 1090, tt::tolerance(1e-9));
  BOOST_TEST(standing.x1 == -60, tt::tolerance(1e-9));
  BOOST_TEST(standing.x2 == 260, tt::tolerance(1e-9));
  BOOST_TEST(standing.confidence == face.confidence);
  BOOST_TEST(standing.landmarks.empty());

  // A head that leans by 30 degrees is on the same body.
  const double s = std::sin(0.5236), c = std::cos(0.5236);
  const sdk::Point eyes = {100, 90};
  for (auto& p : face.landmarks) {
    const double x = p.x - eyes.x, y = p.y - eyes.y;
    p = {eyes.x + c * x - s * y, eyes.y + s * x + c * y};
  }
  const auto leaning = by_label(parts_of(face)).at("person");
  BOOST_TEST(leaning.y1 == standing.y1, tt::tolerance(1e-9));
  BOOST_TEST(leaning.x2 == standing.x2, tt::tolerance(1e-9));

  // Who lies has the crown to the right of the picture here, and the feet to the left.
  face = frontal();
  for (auto& p : face.landmarks) p = {-p.y, p.x};
  const auto lying = by_label(parts_of(face)).at("person");
  BOOST_TEST(lying.x2 == -standing.y1, tt::tolerance(1e-9));
  BOOST_TEST(lying.x1 == -standing.y2, tt::tolerance(1e-9));
  BOOST_TEST(lying.y1 == standing.x1, tt::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(turning_the_head_does_not_shrink_the_eyes) {
  auto face = frontal();
  const auto before = by_label(parts_of(face));
  for (auto& p : face.landmarks) p.x = 100 + (p.x - 100) * 0.6;
  auto turned = by_label(parts_of(face));
  BOOST_TEST(turned["left_eye"].y2 - turned["left_eye"].y1 ==
                 before.at("left_eye").y2 - before.at("left_eye").y1,
             tt::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(a_profile_shows_one_eye) {
  auto face = frontal();
  // Looks to the left of the picture: the person's right eye is on the far side.
  face.landmarks = {{78, 90}, {88, 90}, {70, 112}, {76, 130}, {86, 130}};
  auto named = by_label(parts_of(face));
  BOOST_TEST(named.size() == 4U);
  BOOST_TEST(named.count("left_eye") == 1U);
  face.landmarks = {{112, 90}, {122, 90}, {130, 112}, {114, 130}, {124, 130}};
  named = by_label(parts_of(face));
  BOOST_TEST(named.size() == 4U);
  BOOST_TEST(named.count("right_eye") == 1U);
}

BOOST_AUTO_TEST_CASE(without_usable_landmarks_there_is_only_the_face) {
  auto face = frontal();
  face.landmarks.resize(4);
  BOOST_TEST(parts_of(face).size() == 1U);
  face.landmarks.assign(5, {100, 100});
  BOOST_TEST(parts_of(face).size() == 1U);
  face.landmarks[1].x = std::nan("");
  BOOST_TEST(parts_of(face).size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(six_people_have_twelve_eyes_six_mouths_and_bodies) {
  const cv::Mat bgr = cv::imread(std::string(BURIN_TEST_DATA) + "/demo/team.jpg");
  cv::Mat rgb;
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  sdk::ModuleSet modules;
  auto detector = sdk::Detector::create(modules, "regions");
  const sdk::TensorView view(rgb.data, sdk::PixelType::u8, rgb.rows, rgb.cols, 3);
  std::map<std::string, int> count;
  for (const auto& part : detector.detect(view.dl())) ++count[part.label];
  const std::map<std::string, int> expected = {
      {"face", 6}, {"left_eye", 6}, {"mouth", 6}, {"person", 6}, {"right_eye", 6}};
  BOOST_TEST((count == expected));

  // Eyes here are 11 to 20 pixels high.
  count.clear();
  for (const auto& part : detector.detect(view.dl(), {0.5, 40})) ++count[part.label];
  BOOST_TEST(count["face"] == 6);
  BOOST_TEST(count["left_eye"] == 0);
  BOOST_CHECK_THROW(detector.detect(view.dl(), {}, {[] { return true; }, {}}), sdk::Error);
}
