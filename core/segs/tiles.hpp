// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A picture, or the part of it that other SEGS cover, cut into SEGS of one size.
#pragma once

#include <optional>

#include "segs/segs.hpp"

namespace burin::core {

struct TileOptions {
  int bbox_size = 512;  // pixels a side, from 1; at most the shorter side of what is tiled
  double crop_factor = 3;
  int min_overlap = 5;  // pixels, from 0; less than half of bbox_size
  int dilation = 20;    // pixels by which the masks of `inside` and `outside` grow; see dilate_mask
  std::optional<Segs> inside;   // only where these cover
  std::optional<Segs> outside;  // only where these do not
};

// impact behaviour: MakeTileSEGS with regular masks. Rows from the top, each from the left; tiles
// that reach beyond the right or lower border move inside. A tile's mask is 1 in its bbox where it
// may be; tiles without such a pixel are left out. Ids count from 1, labels are empty. Where the
// reference's numbers would give no tile (an overlap of a whole tile), there is one. Throws
// Error{BURIN_E_JOB} for `inside` or `outside` of another picture, options outside their ranges,
// and more than 10000 tiles.
Segs tile_segs(int width, int height, const TileOptions& options);

}  // namespace burin::core
