// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Whether a SEG runs, and at which size, by the rules of each semantics.
#include "plan/geometry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>

#include "runtime/error.hpp"

namespace burin::core {
namespace {

constexpr double kLargestSide = 32768;

// An empty bbox asks for more than any max_size allows.
double guide_scale(const Seg& seg, const DetailerSettings& settings) {
  const double side = settings.guide_size_for_bbox ? std::min(seg.bbox.width(), seg.bbox.height())
                                                   : std::min(seg.crop.width(), seg.crop.height());
  if (side > 0) return settings.guide_size / side;
  return settings.max_size / std::min(seg.crop.width(), seg.crop.height());
}

std::string empty_mask_reason(const Seg& seg) {
  if (cv::countNonZero(seg.mask) > 0) return {};
  return fmt::format("{}: its mask of {}x{} pixels is empty, so there is nothing to redraw",
                     seg_name(seg), seg.mask.cols, seg.mask.rows);
}

std::string large_bbox_reason(const Seg& seg, const DetailerSettings& settings) {
  const bool large =
      seg.bbox.width() >= settings.guide_size && seg.bbox.height() >= settings.guide_size;
  if (!large || settings.force_inpaint) return {};
  return fmt::format(
      "{}: its {:g}x{:g} pixels are no smaller than the guide size of {:g} both ways, so the "
      "original stays; force_inpaint redraws it anyway",
      seg_name(seg), seg.bbox.width(), seg.bbox.height(), settings.guide_size);
}

std::string no_gain_reason(const Seg& seg, const DetailerSettings& settings, double scale) {
  return fmt::format(
      "{}: its crop of {}x{} pixels would be redrawn at a scale of {:.3g} (guide size {:g}, max "
      "size {:g}), not larger than it is, so the original stays; force_inpaint redraws it anyway",
      seg_name(seg), seg.crop.width(), seg.crop.height(), scale, settings.guide_size,
      settings.max_size);
}

void expect_side(const Seg& seg, double width, double height) {
  if (width <= kLargestSide && height <= kLargestSide) return;
  throw Error(BURIN_E_JOB, fmt::format("{} would be redrawn at {:g}x{:g} pixels, expected at most "
                                       "{:g} a side: lower guide_size or max_size",
                                       seg_name(seg), width, height, kLargestSide));
}

// Truncated as the reference does it, without the overflow of a plain conversion.
int truncated(double value) {
  return static_cast<int>(std::min<double>(value, std::numeric_limits<int>::max()));
}

int round_up(double length, int multiple) {
  // A length that is a multiple but for rounding must not gain another one.
  constexpr double kSlack = 1e-6;
  const double count = std::max(1.0, std::ceil(length / multiple - kSlack));
  return static_cast<int>(count) * multiple;
}

// Where an interval of `length` about `centre` lies in 0..limit.
double placed(double centre, double length, double limit) {
  if (length >= limit) return (limit - length) / 2;
  return std::clamp(centre - length / 2, 0.0, limit - length);
}

}  // namespace

std::string seg_name(const Seg& seg) {
  if (seg.label.empty()) return fmt::format("SEG {}", seg.id);
  return fmt::format("SEG {} ({})", seg.id, seg.label);
}

Sizing size_by_impact(const Seg& seg, const DetailerSettings& settings) {
  Sizing sizing;
  sizing.reason = empty_mask_reason(seg);
  if (sizing.runs()) sizing.reason = large_bbox_reason(seg, settings);
  if (!sizing.runs()) return sizing;

  const int width = seg.crop.width(), height = seg.crop.height();
  double scale = guide_scale(seg, settings);
  int new_width = truncated(width * scale), new_height = truncated(height * scale);
  if (new_width > settings.max_size || new_height > settings.max_size) {
    scale *= settings.max_size / std::max(new_width, new_height);
    new_width = truncated(width * scale);
    new_height = truncated(height * scale);
  }
  if (scale <= 1.0 || new_width == 0 || new_height == 0) {
    if (!settings.force_inpaint) {
      sizing.reason = no_gain_reason(seg, settings, scale);
      return sizing;
    }
    scale = 1;
    new_width = width;
    new_height = height;
  }
  expect_side(seg, new_width, new_height);
  sizing.width = new_width;
  sizing.height = new_height;
  sizing.scale = scale;
  return sizing;
}

Sizing size_by_burin(const Seg& seg, const DetailerSettings& settings, int multiple) {
  Sizing sizing;
  sizing.reason = empty_mask_reason(seg);
  if (sizing.runs()) sizing.reason = large_bbox_reason(seg, settings);
  if (!sizing.runs()) return sizing;

  const double width = seg.crop.width(), height = seg.crop.height();
  const double largest_scale = settings.max_size / std::max(width, height);
  double scale = std::min(guide_scale(seg, settings), largest_scale);
  if (scale <= 1.0) {
    if (!settings.force_inpaint) {
      sizing.reason = no_gain_reason(seg, settings, scale);
      return sizing;
    }
    scale = std::min(1.0, largest_scale);
  }
  expect_side(seg, width * scale, height * scale);
  sizing.carry_difference = scale < 1;
  sizing.width = round_up(width * scale, multiple);
  sizing.height = round_up(height * scale, multiple);
  // Only ever takes back what round_up's slack ignored: the grown crop holds the whole crop.
  sizing.scale = std::min({scale, sizing.width / width, sizing.height / height});
  return sizing;
}

Box grown_crop(const Region& crop, double scale, int width, int height, int picture_width,
               int picture_height) {
  const double shown_width = width / scale, shown_height = height / scale;
  const double x = placed((crop.x1 + crop.x2) / 2.0, shown_width, picture_width);
  const double y = placed((crop.y1 + crop.y2) / 2.0, shown_height, picture_height);
  return {x, y, x + shown_width, y + shown_height};
}

}  // namespace burin::core
