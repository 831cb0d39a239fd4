// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The CLIP text transformer: loading and evaluation.
#include "nets/clip_text.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

using Shape = std::vector<std::int64_t>;

constexpr int kTokens = 77, kHeadChannels = 64, kEndToken = 49407;
constexpr const char* kProjection = "text_projection.weight";
const std::string kRoot = "text_model.";

std::string layer_name(int index) { return compose("{}encoder.layers.{}", kRoot, index); }

bool has_layer(const TensorSource& source, int index) {
  const std::string p = layer_name(index);
  for (const char* name : {".mlp.fc1.weight", ".self_attn.q_proj.weight", ".layer_norm1.weight"})
    if (source.has(p + name)) return true;
  return false;
}

at::Tensor block(const ClipTextLayer& w, const at::Tensor& x, int heads, bool quick) {
  const at::Tensor n = layer_norm(w.norm1, x);
  const at::Tensor h =
      x + linear(w.out, attention(linear(w.q, n), linear(w.k, n), linear(w.v, n), heads, true));
  const at::Tensor inner = linear(w.fc1, layer_norm(w.norm2, h));
  return h + linear(w.fc2, quick ? quick_gelu(inner) : at::gelu(inner));
}

// normed [N, 77, C]: the rows at the first end token, the first row where there is none.
at::Tensor pooled_rows(const at::Tensor& normed, const at::Tensor& tokens) {
  const at::Tensor ends = tokens.eq(kEndToken).to(at::kInt).argmax(1);
  return normed.index({at::arange(tokens.size(0), tokens.options()), ends});
}

}  // namespace

ClipTextWeights load_clip_text(const TensorSource& source, at::Device device,
                               at::ScalarType rounding) {
  const std::string token_key = kRoot + "embeddings.token_embedding.weight";
  const std::optional<Shape> embedding = source.shape(token_key);
  if (!embedding || embedding->size() != 2)
    throw Error(BURIN_E_MODEL, compose("the text encoder has no matrix {}", token_key));
  const std::int64_t channels = (*embedding)[1];

  const TensorSource rounded{[&](const std::string& key, at::IntArrayRef shape) {
                               const at::Tensor t = source.get(key, shape);
                               return t.is_meta() ? t : t.to(rounding);
                             },
                             source.shape, source.packed};
  const LayerLoader load{rounded, at::kFloat, device};
  ClipTextWeights w;
  w.heads = static_cast<int>(std::max<std::int64_t>(1, channels / kHeadChannels));
  if (channels % w.heads != 0)
    throw Error(BURIN_E_MODEL,
                compose("the text encoder is {} channels wide, expected a multiple of {}", channels,
                        kHeadChannels));
  w.token_embedding = load.tensor(token_key, *embedding);
  w.position_embedding =
      load.tensor(kRoot + "embeddings.position_embedding.weight", {kTokens, channels});
  for (int i = 0; has_layer(source, i); ++i) {
    const std::string p = layer_name(i), attn = p + ".self_attn.";
    const std::optional<Shape> fc1 = source.shape(p + ".mlp.fc1.weight");
    const std::int64_t inner = fc1 && !fc1->empty() ? fc1->front() : 4 * channels;
    ClipTextLayer layer;
    layer.norm1 = load.norm(p + ".layer_norm1", channels);
    layer.norm2 = load.norm(p + ".layer_norm2", channels);
    layer.q = load.linear(attn + "q_proj", channels, channels);
    layer.k = load.linear(attn + "k_proj", channels, channels);
    layer.v = load.linear(attn + "v_proj", channels, channels);
    layer.out = load.linear(attn + "out_proj", channels, channels);
    layer.fc1 = load.linear(p + ".mlp.fc1", channels, inner);
    layer.fc2 = load.linear(p + ".mlp.fc2", inner, channels);
    w.layers.push_back(std::move(layer));
  }
  if (w.layers.empty()) throw Error(BURIN_E_MODEL, "the text encoder has no layers");
  w.final_norm = load.norm(kRoot + "final_layer_norm", channels);
  if (const std::optional<Shape> projection = source.shape(kProjection)) {
    const std::int64_t out = projection->empty() ? channels : projection->front();
    w.projection = load.tensor(kProjection, {out, channels});
  }
  return w;
}

ClipTextOutput clip_text(const ClipTextWeights& w, const at::Tensor& tokens,
                         std::optional<int> layer, bool pooled, const at::Tensor& more_embeddings) {
  if (tokens.dim() != 2 || tokens.size(1) != kTokens || tokens.scalar_type() != at::kLong)
    throw Error(BURIN_E_INVALID,
                compose("the text encoder got {} dimensions of {} tokens, expected int64 [N 77]",
                        tokens.dim(), tokens.dim() == 2 ? tokens.size(1) : tokens.numel()));
  if (layer && *layer > 0)
    throw Error(BURIN_E_INVALID,
                compose("the text encoder was asked for layer {}; 0 or -1, -2, ... counted from "
                        "the end was expected",
                        *layer));
  const int count = static_cast<int>(w.layers.size());
  const bool from_end = layer && *layer < 0 && -*layer <= count;
  const int last = from_end ? count + *layer + 1 : count;
  ClipTextOutput out;
  const at::Tensor embeddings =
      more_embeddings.defined() ? at::cat({w.token_embedding, more_embeddings}) : w.token_embedding;
  at::Tensor x = at::embedding(embeddings, tokens) + w.position_embedding;
  for (int i = 0; i < (pooled ? count : last); ++i) {
    x = block(w.layers[static_cast<std::size_t>(i)], x, w.heads, w.quick_gelu);
    if (i + 1 == last) out.hidden = x;
  }
  if (!from_end || w.norm_hidden) out.hidden = layer_norm(w.final_norm, out.hidden);
  if (pooled) {
    out.pooled = pooled_rows(layer_norm(w.final_norm, x), tokens);
    if (w.projection.defined()) out.pooled = at::linear(out.pooled, w.projection);
  }
  return out;
}

at::Tensor clip_text(const ClipTextWeights& w, const at::Tensor& tokens, std::optional<int> layer) {
  return clip_text(w, tokens, layer, false).hidden;
}

}  // namespace burin::core
