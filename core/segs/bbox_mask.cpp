// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The mask of a SEG that names none.
#include <algorithm>
#include <cmath>

#include "segs/segs_file.hpp"

namespace burin::core {

cv::Mat bbox_mask(const Box& bbox, const Region& crop) {
  const auto span = [](double low, double high, int begin, int end) {
    long long first = std::llround(low), last = std::llround(high);
    if (first >= last) {
      first = static_cast<long long>(std::floor(low));
      last = first + 1;
    }
    return cv::Range(static_cast<int>(std::clamp<long long>(first, begin, end)) - begin,
                     static_cast<int>(std::clamp<long long>(last, begin, end)) - begin);
  };
  cv::Mat mask = cv::Mat::zeros(crop.height(), crop.width(), CV_32F);
  const cv::Range rows = span(bbox.y1, bbox.y2, crop.y1, crop.y2);
  const cv::Range columns = span(bbox.x1, bbox.x2, crop.x1, crop.x2);
  if (!rows.empty() && !columns.empty()) mask(rows, columns) = 1.0f;
  return mask;
}

bool mask_is_bbox(const Seg& seg) {
  const cv::Mat plain = bbox_mask(seg.bbox, seg.crop);
  return seg.mask.type() == plain.type() && seg.mask.size() == plain.size() &&
         cv::norm(seg.mask, plain, cv::NORM_INF) == 0;
}

}  // namespace burin::core
