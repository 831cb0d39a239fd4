// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A selection to SEGS: one for all of it, or one for each blob.
#include <algorithm>
#include <climits>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "segs/make_segs.hpp"
#include "segs/mask_check.hpp"

namespace burin::core {
namespace {

Box box_of(const cv::Rect& rect) {
  return {double(rect.x), double(rect.y), double(rect.x) + rect.width,
          double(rect.y) + rect.height};
}

// Sets the part of `rect` (picture pixels) that lies in the crop to 1.
void fill(cv::Mat& mask, const Region& crop, const cv::Rect& rect) {
  const cv::Rect inside = rect & rect_of(crop);
  if (!inside.empty()) mask(inside - cv::Point(crop.x1, crop.y1)) = 1.0f;
}

// First and last pixel that is not 0, as the reference takes them for a box.
std::optional<cv::Rect> extent(const cv::Mat& mask) {
  int left = INT_MAX, top = INT_MAX, right = -1, bottom = -1;
  for (int y = 0; y < mask.rows; ++y) {
    const float* row = mask.ptr<float>(y);
    const float* end = row + mask.cols;
    const auto lit = [](float value) { return value != 0; };
    const float* first = std::find_if(row, end, lit);
    if (first == end) continue;
    const float* last = end - 1;
    while (!lit(*last)) --last;
    left = std::min(left, static_cast<int>(first - row));
    right = std::max(right, static_cast<int>(last - row));
    top = std::min(top, y);
    bottom = y;
  }
  if (right < 0) return std::nullopt;
  return cv::Rect(left, top, std::max(right - left, 1), std::max(bottom - top, 1));
}

std::optional<Seg> whole_selection(const cv::Mat& mask, const MaskOptions& options) {
  const auto rect = extent(mask);
  if (!rect) return std::nullopt;
  Seg seg;
  seg.id = 1;
  seg.label = options.label;
  seg.bbox = box_of(*rect);
  seg.crop = make_crop_region(mask.cols, mask.rows, seg.bbox, options.crop_factor);
  seg.mask = mask(rect_of(seg.crop)).clone();
  if (options.bbox_fill) fill(seg.mask, seg.crop, *rect);
  return seg;
}

cv::Mat eight_bit(const cv::Mat& mask) {
  cv::Mat bytes(mask.size(), CV_8U);
  for (int y = 0; y < mask.rows; ++y) {
    const float* from = mask.ptr<float>(y);
    unsigned char* to = bytes.ptr<unsigned char>(y);
    for (int x = 0; x < mask.cols; ++x) to[x] = static_cast<unsigned char>(from[x] * 255.0f);
  }
  return bytes;
}

using Contour = std::vector<cv::Point>;

Seg blob(const cv::Mat& mask, const Contour& contour, const cv::Rect& rect,
         const MaskOptions& options) {
  Seg seg;
  seg.label = options.label;
  seg.bbox = box_of(rect);
  seg.crop =
      make_crop_region(mask.cols, mask.rows, seg.bbox, options.crop_factor, options.crop_min_size);
  cv::Mat filled = cv::Mat::zeros(rect.size(), CV_8U);
  cv::drawContours(filled, std::vector<Contour>{contour}, 0, 255, cv::FILLED, cv::LINE_8,
                   cv::noArray(), INT_MAX, -rect.tl());
  seg.mask = cv::Mat::zeros(seg.crop.height(), seg.crop.width(), CV_32F);
  const cv::Rect inside = rect & rect_of(seg.crop);
  cv::Mat target = seg.mask(inside - cv::Point(seg.crop.x1, seg.crop.y1));
  const cv::Mat covered = filled(inside - rect.tl());
  if (options.contour_fill)
    target.setTo(1.0f, covered);
  else
    mask(inside).copyTo(target, covered);
  if (options.bbox_fill) fill(seg.mask, seg.crop, rect);
  return seg;
}

}  // namespace

Segs mask_to_segs(const cv::Mat& selection, const MaskOptions& options) {
  const cv::Mat mask = checked_mask(selection, "the selection");
  Segs segs{mask.cols, mask.rows, {}};
  if (options.combined) {
    if (auto seg = whole_selection(mask, options)) segs.segs.push_back(std::move(*seg));
    return segs;
  }
  // The outermost contours are the parentless ones of the full tree, in the same order, found in
  // linear time.
  std::vector<Contour> contours;
  cv::findContours(eight_bit(mask), contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE);
  const int least = std::max(options.drop_size, 1);
  for (std::size_t i = 0; i < contours.size(); ++i) {
    const cv::Rect rect = cv::boundingRect(contours[i]);
    if (rect.width <= least || rect.height <= least) continue;
    Seg seg = blob(mask, contours[i], rect, options);
    seg.id = static_cast<std::int64_t>(i) + 1;
    segs.segs.push_back(std::move(seg));
  }
  return segs;
}

}  // namespace burin::core
