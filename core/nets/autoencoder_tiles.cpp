// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The reference's averaged tiles.
#include "nets/autoencoder_tiles.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace burin::core {
namespace {

constexpr std::int64_t tile_pixels = 512, encode_overlap = 64, decode_overlap = 16;

struct Extent {
  std::int64_t from, length;
};

std::vector<Extent> extents(std::int64_t size, std::int64_t tile, std::int64_t overlap) {
  if (size <= tile) return {{0, size}};
  std::vector<Extent> result;
  for (std::int64_t at = 0; at < size; at += tile - overlap) {
    const std::int64_t from = std::max<std::int64_t>(0, std::min(size - overlap, at));
    result.push_back({from, std::min(tile, size - from)});
  }
  return result;
}

// 1, falling to 1 / feather at both ends; 1 throughout where the ends do not fit.
at::Tensor ramps(std::int64_t extent, std::int64_t feather) {
  at::Tensor weight = at::ones({extent}, at::kFloat);
  if (feather > extent) return weight;
  auto* values = weight.mutable_data_ptr<float>();
  for (std::int64_t t = 0; t < feather; ++t) {
    const auto share =
        static_cast<float>(static_cast<double>(t + 1) / static_cast<double>(feather));
    values[t] *= share;
    values[extent - 1 - t] *= share;
  }
  return weight;
}

at::Tensor mean_of_passes(const at::Tensor& x, std::int64_t unit, std::int64_t overlap,
                          double scale, const std::function<at::Tensor(const at::Tensor&)>& net,
                          std::array<std::array<int, 2>, 3> shapes) {
  at::Tensor sum;
  for (const auto& [height, width] : shapes) {
    const TileGrid grid{height * tile_pixels / unit / 2, width * tile_pixels / unit / 2, overlap,
                        scale};
    const at::Tensor pass = overlapping_tiles(x, grid, net);
    sum = sum.defined() ? sum + pass : pass;
  }
  return sum / 3;
}

}  // namespace

at::Tensor overlapping_tiles(const at::Tensor& x, const TileGrid& grid,
                             const std::function<at::Tensor(const at::Tensor&)>& net) {
  if (x.size(2) <= grid.height && x.size(3) <= grid.width) {
    std::vector<at::Tensor> items;
    for (const at::Tensor& item : x.split(1)) items.push_back(net(item));
    return at::cat(items);
  }
  const auto scaled = [&](std::int64_t size) {
    return static_cast<std::int64_t>(std::nearbyint(static_cast<double>(size) * grid.scale));
  };
  const std::int64_t feather = scaled(grid.overlap);
  std::vector<at::Tensor> items;
  for (const at::Tensor& item : x.split(1)) {
    at::Tensor sum, weights;
    for (const Extent& y : extents(x.size(2), grid.height, grid.overlap))
      for (const Extent& column : extents(x.size(3), grid.width, grid.overlap)) {
        const at::Tensor part =
            net(item.narrow(2, y.from, y.length).narrow(3, column.from, column.length));
        if (!sum.defined()) {
          sum = at::zeros({1, part.size(1), scaled(x.size(2)), scaled(x.size(3))}, part.options());
          weights = at::zeros({1, 1, sum.size(2), sum.size(3)}, part.options());
        }
        const at::Tensor weight =
            (ramps(part.size(2), feather).unsqueeze(1) * ramps(part.size(3), feather))
                .to(part.device());
        const auto place = [&](at::Tensor& t) {
          return t.narrow(2, scaled(y.from), part.size(2))
              .narrow(3, scaled(column.from), part.size(3));
        };
        place(sum).add_(part * weight);
        place(weights).add_(weight);
      }
    items.push_back(sum / weights);
  }
  return at::cat(items);
}

at::Tensor encode_in_tiles(const Autoencoder& autoencoder, const at::Tensor& pixels) {
  return mean_of_passes(pixels, 1, encode_overlap, 1.0 / autoencoder.factor,
                        [&](const at::Tensor& tile) { return encode(autoencoder, tile); },
                        {{{2, 2}, {1, 4}, {4, 1}}});
}

at::Tensor decode_in_tiles(const Autoencoder& autoencoder, const at::Tensor& latent) {
  return mean_of_passes(latent, autoencoder.factor, decode_overlap, autoencoder.factor,
                        [&](const at::Tensor& tile) { return decode_unclamped(autoencoder, tile); },
                        {{{4, 1}, {1, 4}, {2, 2}}})
      .clamp_(0, 1);
}

}  // namespace burin::core
