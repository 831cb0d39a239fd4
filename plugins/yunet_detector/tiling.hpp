// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Which windows of a picture the network looks at, so that faces of every size are seen well by one
// of them.
#pragma once

#include <cstdint>
#include <vector>

#include "face.hpp"
#include "sampling.hpp"

namespace burin::yunet {

/// Longer side of a face, in network pixels, that the network scores reliably; measured on
/// portraits shrunk and pasted on noise: recall at score 0.5 is 0.40 at 12 px, 0.88 at 16, 1.00
/// from 24 on up to 320.
constexpr double well_seen_px = 24;

/// A window, and which of its edges cut through the picture.
struct Tile {
  Window window;
  bool cut_left = false, cut_top = false, cut_right = false, cut_bottom = false;
};

/// Tiles of all scales, coarse ones first. The finest scale is the picture's own pixels, coarser
/// where min_size (picture pixels) leaves small faces out. Each next scale shrinks by 3 until the
/// picture's shorter side is at most 320 network pixels. No tile has more than 960 network pixels a
/// side.
std::vector<Tile> plan_tiles(int64_t width, int64_t height, double min_size);

/// Whether an inner edge of the tile may have cut the face (both in picture pixels).
bool may_be_cut(const Tile& tile, const Face& face);

/// A window of 96x96 network pixels around a face, scaled so that the face takes 32 of them.
Window close_up(const Face& face);

}  // namespace burin::yunet
