// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The two halves of AutoencoderKL on tensors of its own dtype.
#pragma once

#include "nets/autoencoder.hpp"

namespace burin::core {

// pixels [N, 3, H, W] -1..1. Returns the moments' first half, [N, C, H/f, W/f].
at::Tensor encode_kl(const AutoencoderKL& net, const at::Tensor& pixels);
// Returns [N, 3, H, W], about -1..1.
at::Tensor decode_kl(const AutoencoderKL& net, const at::Tensor& latent);

}  // namespace burin::core
