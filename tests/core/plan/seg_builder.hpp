// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// SEGS for the planning tests.
#pragma once

#include "plan/plan.hpp"

namespace burin::test {

// A SEG with a full mask whose bbox of the given size lies in the middle of the crop.
inline core::Seg make_seg(std::int64_t id, const core::Region& crop, double bbox_width,
                          double bbox_height) {
  core::Seg seg;
  seg.id = id;
  seg.label = "face";
  seg.crop = crop;
  const double x = (crop.x1 + crop.x2 - bbox_width) / 2, y = (crop.y1 + crop.y2 - bbox_height) / 2;
  seg.bbox = {x, y, x + bbox_width, y + bbox_height};
  seg.mask = cv::Mat::ones(crop.height(), crop.width(), CV_32FC1);
  return seg;
}

inline core::Segs one_seg(int width, int height, const core::Region& crop, double bbox_width,
                          double bbox_height) {
  return {width, height, {make_seg(1, crop, bbox_width, bbox_height)}};
}

inline core::DetailerSettings sized(double guide, bool for_bbox, double max, bool force) {
  core::DetailerSettings settings;
  settings.guide_size = guide;
  settings.guide_size_for_bbox = for_bbox;
  settings.max_size = max;
  settings.force_inpaint = force;
  return settings;
}

}  // namespace burin::test
