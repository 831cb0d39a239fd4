// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Detected boxes to SEGS: label filter, box and ellipse masks, dilation.
#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/error.hpp"
#include "segs/make_segs.hpp"
#include "segs/mask_check.hpp"

namespace burin::core {
namespace {

void check_finite(const Detection& detection, std::size_t number) {
  const Box& box = detection.box;
  bool finite = std::isfinite(box.x1) && std::isfinite(box.y1) && std::isfinite(box.x2) &&
                std::isfinite(box.y2) && std::isfinite(detection.confidence);
  for (const auto& mark : detection.landmarks)
    finite = finite && std::isfinite(mark[0]) && std::isfinite(mark[1]);
  if (!finite)
    throw Error(BURIN_E_INVALID,
                "detection " + std::to_string(number) +
                    " holds a number that is not finite; expected a box, a confidence and "
                    "landmarks in pixels");
}

Box cut_to_picture(const Box& box, int width, int height) {
  const double right = width, bottom = height;
  return {std::clamp(box.x1, 0.0, right), std::clamp(box.y1, 0.0, bottom),
          std::clamp(box.x2, 0.0, right), std::clamp(box.y2, 0.0, bottom)};
}

// How far a dilation by a k x k square reaches to lower and to higher coordinates.
struct Reach {
  int lower = 0, upper = 0;
};

Reach reach_of(int dilation) {
  if (dilation <= 0) return {};
  return {(dilation - 1) / 2, dilation / 2};
}

// The dilated box in whole pixels, half-open, not cut at the picture's border.
struct PixelBox {
  long long x1, y1, x2, y2;
};

PixelBox dilated_pixels(const Box& box, int dilation) {
  const Reach reach = reach_of(dilation);
  const auto low = [&](double v) { return static_cast<long long>(v) - reach.lower; };
  const auto high = [&](double v) { return static_cast<long long>(v) + 1 + reach.upper; };
  return {low(box.x1), low(box.y1), high(box.x2), high(box.y2)};
}

cv::Mat rectangle_mask(const PixelBox& box, const Region& crop) {
  cv::Mat mask = cv::Mat::zeros(crop.height(), crop.width(), CV_32F);
  const int x1 = static_cast<int>(std::max<long long>(box.x1, crop.x1)) - crop.x1;
  const int y1 = static_cast<int>(std::max<long long>(box.y1, crop.y1)) - crop.y1;
  const int x2 = static_cast<int>(std::min<long long>(box.x2, crop.x2)) - crop.x1;
  const int y2 = static_cast<int>(std::min<long long>(box.y2, crop.y2)) - crop.y1;
  if (x1 < x2 && y1 < y2) mask(cv::Range(y1, y2), cv::Range(x1, x2)) = 1.0f;
  return mask;
}

// With f = |((x - cx) / a, (y - cy) / b)|, (f - 1) / |grad f| is to first order the distance from
// the ellipse f = 1. It is too short beside the tips of a thin ellipse; the distance from the box
// is another lower bound.
double distance_outside(double x, double y, double a, double b) {
  const double u = x / a, v = y / b;
  const double square = u * u + v * v;
  if (square <= 1) return 0;
  const double f = std::sqrt(square), gu = u / a, gv = v / b;
  const double first_order = (f - 1) * f / std::sqrt(gu * gu + gv * gv);
  return std::max({first_order, std::abs(x) - a, std::abs(y) - b});
}

cv::Mat ellipse_mask(const PixelBox& box, const Region& crop) {
  constexpr int edge_px = 2;
  const double a = (box.x2 - box.x1) / 2.0, b = (box.y2 - box.y1) / 2.0;
  const double cx = box.x1 + a, cy = box.y1 + b;
  cv::Mat mask = cv::Mat::zeros(crop.height(), crop.width(), CV_32F);
  const auto top = std::max<long long>(box.y1 - edge_px, crop.y1);
  const auto bottom = std::min<long long>(box.y2 + edge_px, crop.y2);
  const auto left = std::max<long long>(box.x1 - edge_px, crop.x1);
  const auto right = std::min<long long>(box.x2 + edge_px, crop.x2);
  for (auto y = top; y < bottom; ++y) {
    float* values = mask.ptr<float>(static_cast<int>(y - crop.y1));
    for (auto x = left; x < right; ++x) {
      const double outside = distance_outside(x + 0.5 - cx, y + 0.5 - cy, a, b);
      values[x - crop.x1] = static_cast<float>(std::max(0.0, 1 - outside / edge_px));
    }
  }
  return mask;
}

// The crop of the dilated picture-sized mask; only the crop and what can reach it is dilated.
cv::Mat detected_mask(const cv::Mat& mask, const Region& crop, int dilation,
                      const std::string& what) {
  const int margin = std::max(dilation, 0);
  const int x1 = std::max(crop.x1 - margin, 0), y1 = std::max(crop.y1 - margin, 0);
  const int x2 = margin > mask.cols - crop.x2 ? mask.cols : crop.x2 + margin;
  const int y2 = margin > mask.rows - crop.y2 ? mask.rows : crop.y2 + margin;
  const cv::Mat around = mask(cv::Range(y1, y2), cv::Range(x1, x2));
  const cv::Mat grown = dilate_mask(checked_mask(around, what), margin);
  return grown(cv::Range(crop.y1 - y1, crop.y2 - y1), cv::Range(crop.x1 - x1, crop.x2 - x1))
      .clone();
}

cv::Mat mask_of(const Detection& detection, const Seg& seg, int width, int height,
                const BoxOptions& options) {
  if (detection.mask.empty()) {
    const PixelBox box = dilated_pixels(seg.bbox, options.dilation);
    return options.shape == MaskShape::ellipse ? ellipse_mask(box, seg.crop)
                                               : rectangle_mask(box, seg.crop);
  }
  const std::string what = "the mask of detection " + std::to_string(seg.id);
  if (detection.mask.size() != cv::Size(width, height))
    throw Error(BURIN_E_IMAGE, what + " is " + std::to_string(detection.mask.cols) + "x" +
                                   std::to_string(detection.mask.rows) +
                                   " pixels; expected the picture's " + std::to_string(width) +
                                   "x" + std::to_string(height));
  return detected_mask(detection.mask, seg.crop, options.dilation, what);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

bool names(std::string_view wanted, std::string_view label) {
  if (wanted == "all" || wanted == label) return true;
  for (std::string_view pair : {"eyes", "eyebrows", "pupils"}) {
    if (wanted != pair) continue;
    const std::string_view one = pair.substr(0, pair.size() - 1);
    return label == "left_" + std::string(one) || label == "right_" + std::string(one);
  }
  return false;
}

}  // namespace

bool label_wanted(std::string_view labels, std::string_view label) {
  if (trimmed(labels).empty()) return true;
  for (std::size_t at = 0; at <= labels.size();) {
    const std::size_t comma = std::min(labels.find(',', at), labels.size());
    if (names(trimmed(labels.substr(at, comma - at)), label)) return true;
    at = comma + 1;
  }
  return false;
}

Segs boxes_to_segs(int width, int height, const std::vector<Detection>& detections,
                   const BoxOptions& options) {
  Segs segs{width, height, {}};
  for (std::size_t i = 0; i < detections.size(); ++i) {
    const Detection& detection = detections[i];
    check_finite(detection, i + 1);
    if (detection.confidence < options.threshold) continue;
    if (!label_wanted(options.labels, detection.label)) continue;
    Seg seg;
    seg.id = static_cast<std::int64_t>(i) + 1;
    seg.bbox = cut_to_picture(detection.box, width, height);
    const double least = std::max(options.drop_size, 0);
    if (!(seg.bbox.width() > least && seg.bbox.height() > least)) continue;
    seg.crop = make_crop_region(width, height, seg.bbox, options.crop_factor);
    seg.mask = mask_of(detection, seg, width, height, options);
    seg.confidence = detection.confidence;
    seg.label = detection.label;
    seg.landmarks = detection.landmarks;
    segs.segs.push_back(std::move(seg));
  }
  return segs;
}

}  // namespace burin::core
