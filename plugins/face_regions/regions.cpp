// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Boxes in units of the face: the larger of the distances from eye to eye and from eyes to mouth.
// They are alike when the face looks into the camera; turning the head shortens the one, nodding
// the other.
#include "regions.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace burin::regions {
namespace {

using sdk::Detection;
using sdk::Point;

// An eye with its lids and lashes, without the brow; pupils are one unit apart, lids half a unit
// wide.
constexpr double eye_width = 0.72, eye_height = 0.46;
// Lips, open a little. The landmarks are the corners of the mouth.
constexpr double mouth_over_corners = 1.35, least_mouth_width = 0.6, mouth_height = 0.56;
// Eyes nearer to each other than this share of the unit: a profile.
constexpr double profile_eyes = 0.4;
// Who stands: 1.70 m against pupils 63 mm apart, hair above the eyes, shoulders with the arms.
constexpr double above_eyes = 2, below_eyes = 25, half_shoulders = 4;
constexpr double quarter_turn = 1.5707963267948966;

Point middle(const Point& a, const Point& b) { return {(a.x + b.x) / 2, (a.y + b.y) / 2}; }
double distance(const Point& a, const Point& b) { return std::hypot(a.x - b.x, a.y - b.y); }

// The upright box around a box of width x height that is turned by `angle`.
Detection turned_box(const Point& centre, double width, double height, double angle,
                     const Detection& face, std::string label) {
  const double cosine = std::abs(std::cos(angle)), sine = std::abs(std::sin(angle));
  const double w = width * cosine + height * sine, h = width * sine + height * cosine;
  return {centre.x - w / 2,
          centre.y - h / 2,
          centre.x + w / 2,
          centre.y + h / 2,
          face.confidence,
          std::move(label),
          {},
          {}};
}

// From the hair to the feet. A head leans on an upright body; only where it lies on its side or on
// its crown does the body turn, by whole quarters.
Detection person_of(const Point& eyes, double unit, double angle, const Detection& face) {
  const double turned = std::nearbyint(angle / quarter_turn) * quarter_turn;
  const double down_x = -std::nearbyint(std::sin(turned)),
               down_y = std::nearbyint(std::cos(turned));
  const double along = (below_eyes - above_eyes) / 2 * unit;
  const Point centre = {eyes.x + down_x * along, eyes.y + down_y * along};
  return turned_box(centre, 2 * half_shoulders * unit, (above_eyes + below_eyes) * unit, turned,
                    face, "person");
}

}  // namespace

std::vector<Detection> parts_of(const Detection& face) {
  std::vector<Detection> parts = {face};
  parts.front().label = "face";
  if (face.landmarks.size() < 5) return parts;
  const Point &right_eye = face.landmarks[0], &left_eye = face.landmarks[1],
              &nose = face.landmarks[2], &right_corner = face.landmarks[3],
              &left_corner = face.landmarks[4];
  const Point eyes = middle(right_eye, left_eye), mouth = middle(right_corner, left_corner);
  const double apart = distance(right_eye, left_eye), down = distance(eyes, mouth);
  const double unit = std::max(apart, down);
  if (!(unit > 0) || !std::isfinite(unit)) return parts;

  // From the longer of the two lines: the shorter one turns with the noise of its ends.
  const double angle = apart >= down
                           ? std::atan2(left_eye.y - right_eye.y, left_eye.x - right_eye.x)
                           : std::atan2(mouth.y - eyes.y, mouth.x - eyes.x) - std::acos(-1.0) / 2;
  const bool profile = apart < profile_eyes * unit;
  const bool right_is_near = distance(right_eye, nose) >= distance(left_eye, nose);
  const auto add_eye = [&](const Point& at, const char* label) {
    parts.push_back(turned_box(at, eye_width * unit, eye_height * unit, angle, face, label));
  };
  if (!profile || !right_is_near) add_eye(left_eye, "left_eye");
  if (!profile || right_is_near) add_eye(right_eye, "right_eye");
  const double width =
      std::max(mouth_over_corners * distance(right_corner, left_corner), least_mouth_width * unit);
  parts.push_back(turned_box(mouth, width, mouth_height * unit, angle, face, "mouth"));
  parts.push_back(person_of(eyes, unit, angle, face));
  return parts;
}

}  // namespace burin::regions
