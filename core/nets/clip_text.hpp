// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The CLIP text transformer (pre-norm, causal).
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "nets/layers.hpp"

namespace burin::core {

struct ClipTextLayer {
  Norm norm1, norm2;
  Linear q, k, v, out, fc1, fc2;
};
struct ClipTextWeights {
  at::Tensor token_embedding, position_embedding;  // [vocabulary, C], [77, C]
  std::vector<ClipTextLayer> layers;
  Norm final_norm;
  at::Tensor projection;  // [P, C] of the pooled output; undefined: none
  int heads = 1;          // C / 64
  bool quick_gelu = true;
  bool norm_hidden = true;  // the final norm also follows a block before the last
};

// A text transformer as a model family uses it.
struct TextEncoder {
  ClipTextWeights net;
  std::optional<int> layer;        // its output unless the job asks for another: as clip_text
  std::int32_t pad_token = 49407;  // after a prompt's end
};

// CLIP-L (SD 1.x, SDXL), OpenCLIP bigG (SDXL and its refiner) and OpenCLIP-H (SD 2.x).
struct TextEncoders {
  std::optional<TextEncoder> l, g, h;
  bool empty() const { return !l && !g && !h; }
};

// Keys text_model.embeddings..., text_model.encoder.layers.N..., text_model.final_layer_norm, and
// text_projection.weight where there is one. Weights are rounded to `rounding`, kept as float32
// (impact behaviour: text encoders are stored in half precision and computed in single). Throws
// Error{BURIN_E_MODEL} for what is not such an encoder, and what source.get throws.
ClipTextWeights load_clip_text(const TensorSource& source, at::Device device,
                               at::ScalarType rounding = at::kHalf);

struct ClipTextOutput {
  at::Tensor hidden;  // float32 [N, 77, C]
  // float32 [N, P or C]: the last block after the final norm at the first end token, projected
  // where the weights have a projection; undefined unless asked for.
  at::Tensor pooled;
};

// tokens int64 [N, 77], on the weights' device. layer: absent or 0: the last block and the final
// norm; -1, -2, ...: the residual stream after that block from the end, then the final norm if
// norm_hidden (beyond the number of layers: as 0). Pure, callable from several threads. Throws
// Error{BURIN_E_INVALID} for other shapes or a positive layer. Source: Radford et al. 2021,
// "Learning Transferable Visual Models From Natural Language Supervision".
// more_embeddings [M, C]: what the tokens from the vocabulary's size on stand for; undefined: none.
ClipTextOutput clip_text(const ClipTextWeights& weights, const at::Tensor& tokens,
                         std::optional<int> layer, bool pooled,
                         const at::Tensor& more_embeddings = {});
// Only `hidden`.
at::Tensor clip_text(const ClipTextWeights& weights, const at::Tensor& tokens,
                     std::optional<int> layer);

}  // namespace burin::core
