// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The scales and tiles of a picture.
#include "tiling.hpp"

#include <algorithm>
#include <cmath>

#include "network.hpp"

namespace burin::yunet {
namespace {

constexpr int largest_tile = 960;
constexpr int overlap = 64;  // network pixels
constexpr double shrink_a_level = 3;
constexpr double coarsest_side = 320;
constexpr double close_up_face = 32;
constexpr int close_up_side = 96;

// Equal parts of `length` network pixels that overlap by at least `overlap`.
struct Split {
  int count;
  int size;
  int start(int index, int length) const {
    if (count == 1) return 0;
    return static_cast<int>(static_cast<int64_t>(length - size) * index / (count - 1));
  }
};

Split split(int length) {
  if (length <= largest_tile) return {1, length};
  const int count = (length - overlap + largest_tile - overlap - 1) / (largest_tile - overlap);
  const int size = (length + overlap * (count - 1) + count - 1) / count;
  return {count, std::min(largest_tile,
                          (size + network_multiple - 1) / network_multiple * network_multiple)};
}

}  // namespace

std::vector<Tile> plan_tiles(int64_t width, int64_t height, double min_size) {
  const auto shorter = static_cast<double>(std::min(width, height));
  const double wanted = std::min(min_size / well_seen_px, shorter / coarsest_side);
  std::vector<double> steps = {std::max(1.0, wanted)};
  while (shorter / steps.back() > coarsest_side) steps.push_back(steps.back() * shrink_a_level);
  std::vector<Tile> tiles;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    const int columns = static_cast<int>(std::ceil(static_cast<double>(width) / *step));
    const int rows = static_cast<int>(std::ceil(static_cast<double>(height) / *step));
    const Split across = split(columns), down = split(rows);
    for (int j = 0; j < down.count; ++j) {
      for (int i = 0; i < across.count; ++i) {
        tiles.push_back({{across.start(i, columns) * *step, down.start(j, rows) * *step, *step,
                          across.size, down.size},
                         i > 0,
                         j > 0,
                         i + 1 < across.count,
                         j + 1 < down.count});
      }
    }
  }
  return tiles;
}

bool may_be_cut(const Tile& tile, const Face& face) {
  const double margin = std::max(face.width(), face.height()) / 4;
  const Window& w = tile.window;
  return (tile.cut_left && face.x1 - margin < w.x) || (tile.cut_top && face.y1 - margin < w.y) ||
         (tile.cut_right && face.x2 + margin > w.x + w.width * w.step) ||
         (tile.cut_bottom && face.y2 + margin > w.y + w.height * w.step);
}

Window close_up(const Face& face) {
  const double step = std::max(face.width(), face.height()) / close_up_face;
  const double reach = close_up_side * step / 2;
  return {(face.x1 + face.x2) / 2 - reach, (face.y1 + face.y2) / 2 - reach, step, close_up_side,
          close_up_side};
}

}  // namespace burin::yunet
