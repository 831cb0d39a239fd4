// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Rectangles of a document and masks over them.
#include "shared/editor/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace burin::host {

namespace {

std::size_t index_of(const Rect& rect, int x, int y) {
  return static_cast<std::size_t>(y - rect.y) * static_cast<std::size_t>(rect.width) +
         static_cast<std::size_t>(x - rect.x);
}

std::size_t area_of(const Rect& rect) {
  return rect.empty()
             ? 0
             : static_cast<std::size_t>(rect.width) * static_cast<std::size_t>(rect.height);
}

template <typename Combine>
void combine(Mask& mask, const Mask& other, Combine&& combine_values) {
  auto value = mask.values.begin();
  for (int y = mask.rect.y; y < mask.rect.bottom(); ++y) {
    for (int x = mask.rect.x; x < mask.rect.right(); ++x, ++value) {
      *value = combine_values(*value, other.at(x, y));
    }
  }
}

// start and length of a span `factor` times as long, moved into [from, from + limit).
void grow(int start, int length, double factor, int from, int limit, int& out_start,
          int& out_length) {
  const double wanted = std::min(length * factor, static_cast<double>(limit));
  out_length = std::clamp(static_cast<int>(std::lround(wanted)), length, limit);
  const double centred = start + (length - out_length) / 2.0;
  out_start = std::clamp(static_cast<int>(std::floor(centred)), from, from + limit - out_length);
}

}  // namespace

Rect intersection(const Rect& a, const Rect& b) {
  const int x = std::max(a.x, b.x), y = std::max(a.y, b.y);
  const Rect both = {x, y, std::min(a.right(), b.right()) - x,
                     std::min(a.bottom(), b.bottom()) - y};
  return both.empty() ? Rect{x, y, 0, 0} : both;
}

Rect bounding(const Rect& a, const Rect& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  const int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
  return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

bool contains(const Rect& outer, const Rect& inner) {
  return intersection(outer, inner) == inner && !inner.empty();
}

Rect moved(const Rect& rect, int dx, int dy) {
  return {rect.x + dx, rect.y + dy, rect.width, rect.height};
}

Rect surroundings(const Rect& box, double factor, const Rect& limit) {
  Rect out;
  grow(box.x, box.width, factor, limit.x, limit.width, out.x, out.width);
  grow(box.y, box.height, factor, limit.y, limit.height, out.y, out.height);
  return out;
}

float Mask::at(int x, int y) const {
  if (x < rect.x || y < rect.y || x >= rect.right() || y >= rect.bottom()) return 0.0f;
  return values[index_of(rect, x, y)];
}

Mask full_mask(const Rect& rect) { return {rect, std::vector<float>(area_of(rect), 1.0f)}; }

Mask cut(const Mask& mask, const Rect& rect) {
  Mask out{rect, std::vector<float>(area_of(rect), 0.0f)};
  const Rect both = intersection(mask.rect, rect);
  for (int y = both.y; y < both.bottom(); ++y) {
    const auto from =
        mask.values.begin() + static_cast<std::ptrdiff_t>(index_of(mask.rect, both.x, y));
    std::copy_n(from, both.width,
                out.values.begin() + static_cast<std::ptrdiff_t>(index_of(rect, both.x, y)));
  }
  return out;
}

Rect extent(const Mask& mask, float least) {
  int left = mask.rect.right(), right = mask.rect.x, top = mask.rect.bottom(), bottom = mask.rect.y;
  auto value = mask.values.begin();
  for (int y = mask.rect.y; y < mask.rect.bottom(); ++y) {
    for (int x = mask.rect.x; x < mask.rect.right(); ++x, ++value) {
      if (*value < least) continue;
      left = std::min(left, x);
      right = std::max(right, x + 1);
      top = std::min(top, y);
      bottom = y + 1;
    }
  }
  if (left >= right) return {mask.rect.x, mask.rect.y, 0, 0};
  return {left, top, right - left, bottom - top};
}

std::vector<Mask> blobs(const Mask& mask, float nothing) {
  std::vector<Mask> parts;
  std::vector<std::uint8_t> seen(mask.values.size(), 0);
  std::vector<std::pair<int, int>> open, members;
  for (int top = mask.rect.y; top < mask.rect.bottom(); ++top) {
    for (int left = mask.rect.x; left < mask.rect.right(); ++left) {
      const std::size_t first = index_of(mask.rect, left, top);
      if (seen[first] || !(mask.values[first] > nothing)) continue;
      members.clear();
      open.assign(1, {left, top});
      seen[first] = 1;
      Rect bounds;
      while (!open.empty()) {
        const auto [x, y] = open.back();
        open.pop_back();
        members.emplace_back(x, y);
        bounds = bounding(bounds, {x, y, 1, 1});
        for (int v = std::max(y - 1, mask.rect.y); v < std::min(y + 2, mask.rect.bottom()); ++v) {
          for (int u = std::max(x - 1, mask.rect.x); u < std::min(x + 2, mask.rect.right()); ++u) {
            const std::size_t at = index_of(mask.rect, u, v);
            if (seen[at] || !(mask.values[at] > nothing)) continue;
            seen[at] = 1;
            open.emplace_back(u, v);
          }
        }
      }
      Mask part{bounds, std::vector<float>(area_of(bounds), 0.0f)};
      for (const auto& [x, y] : members) {
        part.values[index_of(bounds, x, y)] = mask.values[index_of(mask.rect, x, y)];
      }
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

void limit_by(Mask& mask, const Mask& limit) {
  combine(mask, limit, [](float a, float b) { return std::min(a, b); });
}

void multiply_by(Mask& mask, const Mask& factor) {
  combine(mask, factor, [](float a, float b) { return a * b; });
}

}  // namespace burin::host
