// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Choosing SEGS.
#include "segs/filters.hpp"

#include <algorithm>
#include <numeric>

#include "segs/make_segs.hpp"
#include "segs/mask_operations.hpp"

namespace burin::core {
namespace {

template <class Wanted>
Filtered split(const Segs& segs, Wanted wanted) {
  Filtered parts{{segs.width, segs.height, {}}, {segs.width, segs.height, {}}};
  for (const Seg& seg : segs.segs) (wanted(seg) ? parts.kept : parts.rest).segs.push_back(seg);
  return parts;
}

// The pixels of a SEG in its crop region: CV_8U, 255 where its mask is 1/255 at least.
cv::Mat covered(const Seg& seg) { return mask_bytes(seg.mask) > 0; }

int common_pixels(const Seg& a, const Seg& b) {
  const cv::Rect both = rect_of(a.crop) & rect_of(b.crop);
  if (both.empty()) return 0;
  const auto part = [&](const Seg& seg) {
    return covered(seg)(both - cv::Point(seg.crop.x1, seg.crop.y1));
  };
  cv::Mat common;
  cv::bitwise_and(part(a), part(b), common);
  return cv::countNonZero(common);
}

}  // namespace

double measured(const Seg& seg, Measure measure) {
  const Region& crop = seg.crop;
  const double width = crop.width(), height = crop.height();
  switch (measure) {
    case Measure::area:
      return width * height;
    case Measure::width:
      return width;
    case Measure::height:
      return height;
    case Measure::x1:
      return crop.x1;
    case Measure::y1:
      return crop.y1;
    case Measure::x2:
      return crop.x2;
    case Measure::y2:
      return crop.y2;
    case Measure::length_percent:
      return std::max(height / width, width / height) * 100;
    case Measure::ratio:
      return width / height;
    case Measure::confidence:
      return seg.confidence * 100;
  }
  return 0;
}

Filtered filter_labels(const Segs& segs, std::string_view labels) {
  return split(segs, [&](const Seg& seg) { return label_wanted(labels, seg.label); });
}

Filtered filter_range(const Segs& segs, Measure measure, double least, double most, bool inside) {
  return split(segs, [&](const Seg& seg) {
    const double value = measured(seg, measure);
    return (least <= value && value <= most) == inside;
  });
}

Filtered filter_ordered(const Segs& segs, Measure measure, bool descending, std::size_t start,
                        std::size_t count) {
  std::vector<Seg> sorted = segs.segs;
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Seg& a, const Seg& b) {
    return descending ? measured(b, measure) < measured(a, measure)
                      : measured(a, measure) < measured(b, measure);
  });
  Filtered parts{{segs.width, segs.height, {}}, {segs.width, segs.height, {}}};
  for (std::size_t i = 0; i < sorted.size(); ++i)
    (i >= start && i - start < count ? parts.kept : parts.rest)
        .segs.push_back(std::move(sorted[i]));
  return parts;
}

Filtered filter_overlapping(const Segs& segs, const Segs& others, double threshold) {
  expect_same_picture(segs, others);
  return split(segs, [&](const Seg& seg) {
    const int area = cv::countNonZero(covered(seg));
    return std::none_of(others.segs.begin(), others.segs.end(), [&](const Seg& other) {
      return area > 0 && static_cast<double>(common_pixels(seg, other)) / area > threshold;
    });
  });
}

Filtered filter_suppressed(const Segs& segs, double threshold) {
  std::vector<std::size_t> order(segs.segs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return segs.segs[a].confidence < segs.segs[b].confidence;
  });
  std::reverse(order.begin(), order.end());
  Filtered parts{{segs.width, segs.height, {}}, {segs.width, segs.height, {}}};
  for (const std::size_t place : order) {
    const Seg& seg = segs.segs[place];
    const auto hides = [&](const Seg& kept) {
      const int common = common_pixels(seg, kept);
      const int all = cv::countNonZero(covered(seg)) + cv::countNonZero(covered(kept)) - common;
      return (all > 0 ? static_cast<double>(common) / all : 0.0) >= threshold;
    };
    const bool hidden = std::any_of(parts.kept.segs.begin(), parts.kept.segs.end(), hides);
    (hidden ? parts.rest : parts.kept).segs.push_back(seg);
  }
  return parts;
}

}  // namespace burin::core
