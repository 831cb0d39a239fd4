// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Rectangles of a document and masks over them.
#pragma once

#include <cstddef>
#include <vector>

namespace burin::host {

/// Whole pixels; empty when a side is 0 or less.
struct Rect {
  int x = 0, y = 0, width = 0, height = 0;

  int right() const { return x + width; }
  int bottom() const { return y + height; }
  bool empty() const { return width <= 0 || height <= 0; }
  bool operator==(const Rect&) const = default;
};

/// Empty where they do not meet.
Rect intersection(const Rect& a, const Rect& b);
/// The smallest rectangle around both; an empty one does not count.
Rect bounding(const Rect& a, const Rect& b);
bool contains(const Rect& outer, const Rect& inner);
Rect moved(const Rect& rect, int dx, int dy);

/// `box` made `factor` times as large about its centre, moved to lie inside `limit` and cut where
/// it is larger than that. box: not empty, inside limit. factor: 1 or more.
Rect surroundings(const Rect& box, double factor, const Rect& limit);

/// Coverage 0..1 over `rect`, row by row; 0 outside.
struct Mask {
  Rect rect;
  std::vector<float> values;

  float at(int x, int y) const;
};

Mask full_mask(const Rect& rect);
/// The mask over `rect` instead: cut, and 0 where there was none.
Mask cut(const Mask& mask, const Rect& rect);
/// Around all values of `least` and more; empty where there are none.
Rect extent(const Mask& mask, float least);
/// The parts of a mask that do not touch, diagonals included, each over its own bounds; by their
/// topmost, then leftmost pixel. Values up to `nothing` belong to no part.
std::vector<Mask> blobs(const Mask& mask, float nothing = 0.0f);

/// Each value no larger than that of `limit` at the same place.
void limit_by(Mask& mask, const Mask& limit);
/// Each value times that of `factor` at the same place.
void multiply_by(Mask& mask, const Mask& factor);

}  // namespace burin::host
