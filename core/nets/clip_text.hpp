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
  int heads = 1;  // C / 64
};

// Keys text_model.embeddings..., text_model.encoder.layers.N..., text_model.final_layer_norm.
// Weights are rounded to `rounding`, kept as float32 (impact behaviour: text encoders are stored in
// half precision and computed in single). Throws Error{BURIN_E_MODEL} for what is not such an
// encoder, and what source.get throws.
ClipTextWeights load_clip_text(const TensorSource& source, at::Device device,
                               at::ScalarType rounding = at::kHalf);

// tokens int64 [N, 77], on the weights' device. layer: absent or 0: the last block and the final
// norm; -1, -2, ...: the residual stream after that block from the end, then the final norm (beyond
// the number of layers: the last). Returns float32 [N, 77, C]. quick_gelu. Pure, callable from
// several threads. Throws Error{BURIN_E_INVALID} for other shapes or a positive layer. Source:
// Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision".
at::Tensor clip_text(const ClipTextWeights& weights, const at::Tensor& tokens,
                     std::optional<int> layer);

}  // namespace burin::core
