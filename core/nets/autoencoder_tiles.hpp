// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Autoencoders in parts, where memory is short for a whole picture.
#pragma once

#include <cstdint>
#include <functional>

#include "nets/autoencoder.hpp"

namespace burin::core {

// Bytes that encode() or decode() of one picture of so many pixels takes at most, an estimate: four
// maps of the widest layer at full resolution.
double autoencoder_bytes(const Autoencoder& autoencoder, std::int64_t width, std::int64_t height);

// encode() and decode() of a full autoencoder in strips of `rows` rows at every resolution, 1 or
// more. Group norms take their moments of the whole picture first and attention sees all of it, so
// the result is the whole one's up to rounding; every strip is computed again for each norm, which
// takes about five times as long. The tiny kind goes as encode() and decode() do it.
// Arguments, threads and errors as encode() and decode(); Error{BURIN_E_INVALID} for rows below 1.
at::Tensor encode_in_strips(const Autoencoder& autoencoder, const at::Tensor& pixels,
                            std::int64_t rows);
at::Tensor decode_in_strips(const Autoencoder& autoencoder, const at::Tensor& latent,
                            std::int64_t rows);

// impact behaviour: the mean of three passes over tiles that do not know of each other: square ones
// of 512 pixels, wide and high ones of twice by half that. They overlap by 64 pixels when encoding,
// by 16 of the latent when decoding.
at::Tensor encode_in_tiles(const Autoencoder& autoencoder, const at::Tensor& pixels);
at::Tensor decode_in_tiles(const Autoencoder& autoencoder, const at::Tensor& latent);

// decode() before its values are clamped to 0..1.
at::Tensor decode_unclamped(const Autoencoder& autoencoder, const at::Tensor& latent);
// encode() and decode_unclamped() with another way through a full autoencoder's network: `net` has
// the contract of encode_kl and decode_kl.
using NetworkHalf = std::function<at::Tensor(const at::Tensor&)>;
at::Tensor encode_with(const Autoencoder& autoencoder, const at::Tensor& pixels,
                       const NetworkHalf& net);
at::Tensor decode_with(const Autoencoder& autoencoder, const at::Tensor& latent,
                       const NetworkHalf& net);

struct TileGrid {
  std::int64_t height = 0, width = 0, overlap = 0;  // of the input
  double scale = 1;                                 // output size / input size
};
// One such pass, item by item: tiles every (size - overlap), the last ones moved back until they
// overlap what is left, weighted by ramps over the overlap at all four sides. x [N, C, h, w]; `net`
// gives [1, C', h scale, w scale]. An item that is no larger than a tile goes through whole.
at::Tensor overlapping_tiles(const at::Tensor& x, const TileGrid& grid,
                             const std::function<at::Tensor(const at::Tensor&)>& net);

}  // namespace burin::core
