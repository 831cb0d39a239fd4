// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Masks of SEGS together and apart.
#include "segs/mask_operations.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <set>
#include <string>

#include "runtime/error.hpp"
#include "runtime/text.hpp"
#include "segs/make_segs.hpp"

namespace burin::core {
namespace {

cv::Mat from_bytes(const cv::Mat& bytes) {
  cv::Mat values;
  bytes.convertTo(values, CV_32F);
  // A matrix divided by a number is multiplied by its inverse, which is not the same number.
  values.forEach<float>([](float& value, const int*) { value /= 255.0f; });
  return values;
}

template <class Combine>
Segs with_mask(Segs segs, const cv::Mat& mask, Combine combine) {
  if (mask.cols != segs.width || mask.rows != segs.height)
    throw Error(BURIN_E_JOB, "the mask is " + size_text(mask.cols, mask.rows) +
                                 " pixels; expected the size of the SEGS' picture, " +
                                 size_text(segs.width, segs.height));
  const cv::Mat bytes = mask_bytes(mask);
  for (Seg& seg : segs.segs) {
    cv::Mat result;
    combine(mask_bytes(seg.mask), bytes(rect_of(seg.crop)), result);
    seg.mask = from_bytes(result);
  }
  return segs;
}

}  // namespace

cv::Mat mask_bytes(const cv::Mat& mask) {
  cv::Mat bytes(mask.size(), CV_8U);
  for (int y = 0; y < mask.rows; ++y) {
    const float* from = mask.ptr<float>(y);
    std::uint8_t* to = bytes.ptr<std::uint8_t>(y);
    for (int x = 0; x < mask.cols; ++x)
      to[x] = static_cast<std::uint8_t>(std::clamp(from[x], 0.0f, 1.0f) * 255.0f);
  }
  return bytes;
}

void expect_same_picture(const Segs& a, const Segs& b) {
  if (a.width == b.width && a.height == b.height) return;
  throw Error(BURIN_E_JOB, "the SEGS are of pictures of " + size_text(a.width, a.height) +
                               " and of " + size_text(b.width, b.height) +
                               " pixels; expected one size");
}

cv::Mat combined_mask(const Segs& segs) {
  cv::Mat bytes = cv::Mat::zeros(segs.height, segs.width, CV_8U);
  for (const Seg& seg : segs.segs) {
    cv::Mat part = bytes(rect_of(seg.crop));
    cv::bitwise_or(part, mask_bytes(seg.mask), part);
  }
  return from_bytes(bytes);
}

cv::Mat union_mask(const Segs& segs) {
  cv::Mat all = cv::Mat::zeros(segs.height, segs.width, CV_32F);
  for (const Seg& seg : segs.segs) {
    cv::Mat part = all(rect_of(seg.crop));
    cv::max(part, seg.mask, part);
  }
  return all;
}

Segs dilate_masks(Segs segs, int k) {
  for (Seg& seg : segs.segs) seg.mask = dilate_mask(seg.mask, k);
  return segs;
}

Segs blur_masks(Segs segs, int size, double sigma) {
  if (size <= 0) return segs;
  for (Seg& seg : segs.segs) {
    int kernel = 2 * size + 1;
    const int shortest = std::min(seg.mask.rows, seg.mask.cols);
    if (shortest <= kernel) kernel = shortest / 2 + (shortest / 2 % 2 == 0 ? 1 : 0);
    if (kernel < 3) continue;
    const cv::Mat weights = cv::getGaussianKernel(kernel, sigma, CV_32F);
    cv::Mat blurred;
    cv::sepFilter2D(seg.mask, blurred, CV_32F, weights, weights, {-1, -1}, 0,
                    cv::BORDER_REFLECT_101);
    // A new matrix: an expression assigned to the old one would change what shares its pixels.
    const cv::Mat clipped = cv::min(cv::max(blurred, 0), 1);
    seg.mask = clipped;
  }
  return segs;
}

Segs and_masks(Segs segs, const cv::Mat& mask) {
  return with_mask(std::move(segs), mask, [](const cv::Mat& a, const cv::Mat& b, cv::Mat& result) {
    cv::bitwise_and(a, b, result);
  });
}

Segs subtract_masks(Segs segs, const cv::Mat& mask) {
  return with_mask(std::move(segs), mask, [](const cv::Mat& a, const cv::Mat& b, cv::Mat& result) {
    cv::subtract(a, b, result);
  });
}

Segs merge_segs(const Segs& segs) {
  if (segs.segs.empty()) return segs;
  Seg all;
  all.id = 1;
  all.label = "merged";
  all.crop = segs.segs.front().crop;
  all.bbox = segs.segs.front().bbox;
  for (const Seg& seg : segs.segs) {
    all.crop = {std::min(all.crop.x1, seg.crop.x1), std::min(all.crop.y1, seg.crop.y1),
                std::max(all.crop.x2, seg.crop.x2), std::max(all.crop.y2, seg.crop.y2)};
    all.bbox = {std::min(all.bbox.x1, seg.bbox.x1), std::min(all.bbox.y1, seg.bbox.y1),
                std::max(all.bbox.x2, seg.bbox.x2), std::max(all.bbox.y2, seg.bbox.y2)};
    all.confidence = std::min(all.confidence, seg.confidence);
  }
  all.mask = combined_mask(segs)(rect_of(all.crop)).clone();
  return {segs.width, segs.height, {all}};
}

Segs concat_segs(Segs segs, const Segs& more) {
  expect_same_picture(segs, more);
  std::set<std::int64_t> ids;
  for (const Seg& seg : segs.segs) ids.insert(seg.id);
  for (Seg seg : more.segs) {
    if (!ids.insert(seg.id).second) {
      seg.id = *ids.rbegin() + 1;
      ids.insert(seg.id);
    }
    segs.segs.push_back(std::move(seg));
  }
  return segs;
}

Segs assign_labels(Segs segs, std::string_view labels) {
  constexpr std::string_view blank = " \t\r\n";
  for (Seg& seg : segs.segs) {
    const std::size_t comma = labels.find(',');
    std::string_view label = labels.substr(0, comma);
    label.remove_prefix(std::min(label.find_first_not_of(blank), label.size()));
    label = label.substr(0, label.find_last_not_of(blank) + 1);
    seg.label = label;
    if (comma == labels.npos) break;
    labels.remove_prefix(comma + 1);
  }
  return segs;
}

Segs scale_boxes(Segs segs, double scale) {
  for (Seg& seg : segs.segs) {
    const double dx = std::trunc((seg.bbox.width() * scale - seg.bbox.width()) / 2);
    const double dy = std::trunc((seg.bbox.height() * scale - seg.bbox.height()) / 2);
    const Region& crop = seg.crop;
    seg.bbox = {std::clamp<double>(seg.bbox.x1 - dx, crop.x1, crop.x2 - 1),
                std::clamp<double>(seg.bbox.y1 - dy, crop.y1, crop.y2 - 1),
                std::clamp<double>(seg.bbox.x2 + dx, crop.x1 + 1, crop.x2),
                std::clamp<double>(seg.bbox.y2 + dy, crop.y1 + 1, crop.y2)};
    const cv::Rect inside(static_cast<int>(seg.bbox.x1) - crop.x1,
                          static_cast<int>(seg.bbox.y1) - crop.y1,
                          static_cast<int>(seg.bbox.x2) - static_cast<int>(seg.bbox.x1),
                          static_cast<int>(seg.bbox.y2) - static_cast<int>(seg.bbox.y1));
    cv::Mat kept = cv::Mat::zeros(seg.mask.size(), CV_32F);
    if (!inside.empty()) seg.mask(inside).copyTo(kept(inside));
    seg.mask = kept;
  }
  return segs;
}

}  // namespace burin::core
