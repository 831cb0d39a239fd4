// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The two halves of a TAESD on tensors of its own dtype.
#pragma once

#include "nets/autoencoder.hpp"

namespace burin::core {

// The layers of full resolution, whose maps are most of what this takes, go in strips of strip_rows
// rows (0: whole), each with the few rows around it that they see; the result is the whole one's up
// to rounding.

// pixels [N, 3, H, W] 0..1. Returns [N, C, H/f, W/f].
at::Tensor encode_taesd(const Taesd& net, const at::Tensor& pixels, std::int64_t strip_rows);
// Returns [N, 3, H, W], about 0..1.
at::Tensor decode_taesd(const Taesd& net, const at::Tensor& latent, std::int64_t strip_rows);

}  // namespace burin::core
