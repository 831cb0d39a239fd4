// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Greedy non-maximum suppression across scales.
#include "merge.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "tiling.hpp"

namespace burin::yunet {
namespace {

constexpr double same_overlap = 0.4;
constexpr double same_containment = 0.75;
constexpr double largest_seen_px = 300;

double area(const Face& face) { return face.width() * face.height(); }

double shared_area(const Face& a, const Face& b) {
  const double width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  const double height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  return width > 0 && height > 0 ? width * height : 0;
}

auto by_score(const Face& face) {
  return std::make_tuple(-face.score, face.y1, face.x1, face.y2, face.x2);
}

auto by_size_seen(const Face& face) {
  const bool reliable = face.seen_px >= well_seen_px && face.seen_px <= largest_seen_px;
  return std::tuple_cat(std::make_tuple(!reliable), by_score(face));
}

template <typename Rank>
std::vector<Face> best_of_each(std::vector<Face> faces, const Rank& rank) {
  std::sort(faces.begin(), faces.end(),
            [&rank](const Face& a, const Face& b) { return rank(a) < rank(b); });
  std::vector<Face> kept;
  for (const Face& face : faces) {
    const auto same = [&face](const Face& other) { return same_face(face, other); };
    if (std::none_of(kept.begin(), kept.end(), same)) kept.push_back(face);
  }
  return kept;
}

}  // namespace

bool same_box(const Face& a, const Face& b) {
  const double both = shared_area(a, b);
  return both > same_overlap * (area(a) + area(b) - both);
}

bool same_face(const Face& a, const Face& b) {
  return same_box(a, b) || shared_area(a, b) > same_containment * std::min(area(a), area(b));
}

std::vector<Face> merge_by_score(std::vector<Face> faces) {
  return best_of_each(std::move(faces), by_score);
}

std::vector<Face> merge(std::vector<Face> faces) {
  return best_of_each(std::move(faces), by_size_seen);
}

}  // namespace burin::yunet
