// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The two halves of a TAESD on tensors of its own dtype.
#pragma once

#include "nets/autoencoder.hpp"

namespace burin::core {

// pixels [N, 3, H, W] 0..1. Returns [N, C, H/f, W/f].
at::Tensor encode_taesd(const Taesd& net, const at::Tensor& pixels);
// Returns [N, 3, H, W], about 0..1.
at::Tensor decode_taesd(const Taesd& net, const at::Tensor& latent);

}  // namespace burin::core
