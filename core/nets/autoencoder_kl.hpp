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

// The deepest part of each half, after the last level of the encoder to its moments' first half,
// and from the latent to the first level of the decoder.
at::Tensor encode_kl_middle(const AutoencoderKL& net, const at::Tensor& deepest);
at::Tensor decode_kl_middle(const AutoencoderKL& net, const at::Tensor& latent);

inline constexpr std::int64_t kl_groups = 32;
inline constexpr double kl_epsilon = 1e-6;

}  // namespace burin::core
