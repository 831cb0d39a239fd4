// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Tiling.
#include "segs/tiles.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "runtime/error.hpp"
#include "segs/make_segs.hpp"
#include "segs/mask_operations.hpp"
#include "segs/segs_file.hpp"

namespace burin::core {
namespace {

// Where the tiles along one axis begin: `length` pixels from `start`, in a picture of `limit`.
std::vector<int> starts_along(int start, int length, int limit, int size, double overlap) {
  auto count = static_cast<int>(std::ceil(length / (size - overlap)));
  long long excess = static_cast<long long>(size) * count - length;
  if (excess < 0) {
    ++count;
    excess += size;
  }
  const int shared = count == 1 ? 0 : static_cast<int>(excess / (count - 1));
  if (shared == size) count = 1;
  std::vector<int> starts;
  for (int i = 0; i < count; ++i) {
    const int at = start + i * (size - shared);
    starts.push_back(at + size < limit - 1 ? at : limit - size);
  }
  return starts;
}

cv::Mat grown_mask(const Segs& segs, int width, int height, int dilation) {
  expect_same_picture({width, height, {}}, segs);
  return dilate_mask(combined_mask(segs), dilation) > 0;
}

}  // namespace

Segs tile_segs(int width, int height, const TileOptions& options) {
  if (options.bbox_size < 1 || options.min_overlap < 0)
    throw Error(BURIN_E_JOB, "tiles have " + std::to_string(options.bbox_size) +
                                 " pixels a side and overlap by " +
                                 std::to_string(options.min_overlap) +
                                 "; expected 1 or more and 0 or more");
  Segs tiles{width, height, {}};
  Region area{0, 0, width, height};
  cv::Mat allowed(height, width, CV_8U, cv::Scalar(255));
  if (options.inside) {
    allowed = grown_mask(*options.inside, width, height, options.dilation);
    cv::Mat values;
    allowed.convertTo(values, CV_32F, 1 / 255.0);
    MaskOptions whole;
    whole.combined = true;
    whole.crop_factor = 1;
    const Segs found = mask_to_segs(values, whole);
    if (found.segs.empty()) return tiles;
    area = found.segs.front().crop;
  }
  if (options.outside)
    allowed.setTo(0, grown_mask(*options.outside, width, height, options.dilation));

  double overlap = options.min_overlap;
  if (options.bbox_size <= 2 * overlap) overlap = options.bbox_size / 2.0;
  const int size = std::min({options.bbox_size, area.width(), area.height()});
  if (overlap >= size) overlap = size / 2.0;
  const auto columns = starts_along(area.x1, area.width(), width, size, overlap);
  const auto rows = starts_along(area.y1, area.height(), height, size, overlap);
  if (columns.size() * rows.size() > kMostSegs)
    throw Error(BURIN_E_JOB, "the picture would be cut into " +
                                 std::to_string(columns.size() * rows.size()) +
                                 " tiles; expected at most " + std::to_string(kMostSegs));
  for (const int y : rows)
    for (const int x : columns) {
      Seg tile;
      tile.bbox = {double(x), double(y), double(x) + size, double(y) + size};
      tile.crop = make_crop_region(width, height, tile.bbox, options.crop_factor);
      const cv::Rect box(x, y, size, size);
      const cv::Rect within = box - cv::Point(tile.crop.x1, tile.crop.y1);
      tile.mask = cv::Mat::zeros(tile.crop.height(), tile.crop.width(), CV_32F);
      tile.mask(within).setTo(1.0f, allowed(box));
      if (cv::countNonZero(tile.mask) == 0) continue;
      tile.id = static_cast<std::int64_t>(tiles.segs.size()) + 1;
      tiles.segs.push_back(std::move(tile));
    }
  return tiles;
}

}  // namespace burin::core
