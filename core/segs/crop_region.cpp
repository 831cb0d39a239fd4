// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The crop region around a bbox.
#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/error.hpp"
#include "segs/make_segs.hpp"

namespace burin::core {
namespace {

int truncated(double value) {
  constexpr double least = std::numeric_limits<int>::min();
  constexpr double most = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp(value, least, most));
}

struct Span {
  int begin, end;
};

// `size` (fractional) pixels from `start`, moved into 0..limit.
Span moved_inside(int limit, int start, double size) {
  double begin = start, end = start + size;
  if (start < 0) {
    begin = 0;
    end = std::min<double>(limit, size);
  } else if (end > limit) {
    begin = std::max(0.0, limit - size);
    end = limit;
  }
  const int first = std::clamp(truncated(begin), 0, limit - 1);
  return {first, std::clamp(truncated(end), first + 1, limit)};
}

Span crop_span(int limit, double low, double high, double factor, int min_size) {
  const double size = std::max<double>((high - low) * factor, min_size);
  const double centre = low + (high - low) / 2;
  return moved_inside(limit, truncated(centre - size / 2), size);
}

}  // namespace

Region make_crop_region(int width, int height, const Box& bbox, double factor, int min_size) {
  if (width < 1 || height < 1)
    throw Error(BURIN_E_INVALID, "a picture of " + std::to_string(width) + "x" +
                                     std::to_string(height) +
                                     " pixels has no crop regions; expected at least 1x1");
  for (double end : {bbox.x1, bbox.y1, bbox.x2, bbox.y2}) {
    if (!std::isfinite(end))
      throw Error(BURIN_E_INVALID, "a bbox has an end that is not finite; expected pixels");
  }
  if (!std::isfinite(factor) || factor <= 0)
    throw Error(BURIN_E_INVALID, "the crop factor is " + std::to_string(factor) +
                                     "; expected a finite number above 0");
  const Span x = crop_span(width, bbox.x1, bbox.x2, factor, min_size);
  const Span y = crop_span(height, bbox.y1, bbox.y2, factor, min_size);
  return {x.begin, y.begin, x.end, y.end};
}

}  // namespace burin::core
