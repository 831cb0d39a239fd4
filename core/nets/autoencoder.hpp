// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Autoencoders: AutoencoderKL of Stable Diffusion and the tiny TAESD kind (also 32 channels with
// pooled blocks).
#pragma once

#include <ATen/core/Tensor.h>

#include <variant>
#include <vector>

#include "nets/layers.hpp"

namespace burin::core {

struct VaeResBlock {
  Norm norm1, norm2;
  Conv conv1, conv2, shortcut;
};
struct VaeAttention {
  Norm norm;
  Conv q, k, v, out;
};
struct VaeLevel {
  std::vector<VaeResBlock> blocks;
  Conv resample;  // weight undefined: none
};
struct AutoencoderKL {
  Conv enc_in, enc_out, quant, post_quant, dec_in, dec_out;  // quant/post_quant may be absent
  std::vector<VaeLevel> down, up;                            // up[0] is the deepest level
  VaeResBlock enc_mid1, enc_mid2, dec_mid1, dec_mid2;
  VaeAttention enc_attn, dec_attn;
  Norm enc_norm, dec_norm;
};
struct TaesdBlock {
  Conv conv[3];
  // 1x1 with a group norm of 4 groups between; absent in plain blocks
  Conv pool_in, pool_out;
  Norm pool_norm;
};
// One entry of the sequential: a convolution (stride 1 or 2), a block, an upsampling by two, ReLU
// or the input clamp.
struct TaesdLayer {
  enum class Kind { conv, block, upsample, relu, clamp } kind = Kind::conv;
  Conv conv;
  TaesdBlock block;
};
struct Taesd {
  std::vector<TaesdLayer> encoder, decoder;
};

struct Autoencoder {
  std::variant<AutoencoderKL, Taesd> net;
  int latent_channels = 4;
  int factor = 8;
  // encode() divides the network's latent by this and decode() multiplies: a TAESD trained on
  // scaled latents (0.18215 for SD 1.x) then stands in for the full autoencoder.
  double net_scale = 1;
  at::ScalarType dtype = at::kFloat;
};

// Keys encoder..., decoder..., quant_conv, post_quant_conv as in the first_stage_model part of a
// checkpoint. Throws Error{BURIN_E_MODEL} for what is not such an autoencoder, and what source.get
// throws.
Autoencoder load_autoencoder_kl(const TensorSource& source, at::ScalarType dtype,
                                at::Device device);
// Keys taesd_encoder.N..., taesd_decoder.N... as in the first_stage_model part of a checkpoint; N
// counts the published nn.Sequential. Throws as above.
Autoencoder load_taesd(const TensorSource& source, at::ScalarType dtype, at::Device device);

// pixels [N, 3, H, W] float32 0..1, H and W multiples of `factor`, on the weights' device. Returns
// the posterior's mean, float32 [N, C, H/f, W/f], the autoencoder's own scale. Pure, callable from
// several threads. Throws Error{BURIN_E_INVALID} for other shapes.
at::Tensor encode(const Autoencoder& autoencoder, const at::Tensor& pixels);
// latent [N, C, h, w] float32, h, w >= 1. Returns float32 [N, 3, H, W] clamped to 0..1. Threads and
// errors as encode().
at::Tensor decode(const Autoencoder& autoencoder, const at::Tensor& latent);

}  // namespace burin::core
