// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One evaluation of the UNet.
#include "nets/unet.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "weights/tensor_text.hpp"

namespace burin::core {
namespace {

constexpr std::int64_t kGroups = 32;

at::Tensor res_block(const ResBlockWeights& w, const at::Tensor& x, const at::Tensor& silu_emb) {
  at::Tensor h = conv2d(w.conv1, group_norm_silu(w.norm1, x, kGroups, 1e-5));
  h.add_(linear(w.emb, silu_emb).unsqueeze(-1).unsqueeze(-1));
  h = conv2d(w.conv2, group_norm_silu(w.norm2, h, kGroups, 1e-5));
  return h.add_(w.skip.weight.defined() ? conv2d(w.skip, x) : x);
}

at::Tensor attend(const AttentionWeights& w, const at::Tensor& x, const at::Tensor& context,
                  int heads) {
  // The softmax over a single token is 1 whatever the query: every position gets the same vector.
  if (context.size(1) == 1) return linear(w.out, linear(w.v, context));
  return linear(w.out,
                attention(linear(w.q, x), linear(w.k, context), linear(w.v, context), heads));
}

at::Tensor geglu(const Linear& in, const Linear& out, const at::Tensor& x) {
  const at::Tensor both = linear(in, x);
  const std::int64_t inner = both.size(-1) / 2;
  at::Tensor gated = at::gelu(both.narrow(-1, inner, inner));
  return linear(out, gated.mul_(both.narrow(-1, 0, inner)));
}

at::Tensor transformer(const TransformerWeights& w, const at::Tensor& x,
                       const at::Tensor& context) {
  const std::int64_t n = x.size(0), c = x.size(1), height = x.size(2), width = x.size(3);
  // Channels-last: the sequence is a view of the picture.
  at::Tensor y = conv2d(w.proj_in, group_norm(w.norm, x, kGroups, 1e-6))
                     .permute({0, 2, 3, 1})
                     .reshape({n, height * width, c});
  for (const TransformerBlockWeights& block : w.blocks) {
    const at::Tensor normed = layer_norm(block.norm1, y);
    y = y + attend(block.self, normed, normed, w.heads);
    y.add_(attend(block.cross, layer_norm(block.norm2, y), context, w.heads));
    y.add_(geglu(block.ff_in, block.ff_out, layer_norm(block.norm3, y)));
  }
  y = conv2d(w.proj_out, y.reshape({n, height, width, c}).permute({0, 3, 1, 2}));
  return y.add_(x);
}

// The embedding of time and labels after its activation, [N, 4 model_channels].
at::Tensor embedding(const UNetWeights& w, const at::Tensor& t, const at::Tensor& vector,
                     const at::Tensor& added) {
  at::Tensor emb = timestep_embedding(t, w.model_channels).to(w.dtype);
  emb = linear(w.time2, at::silu(linear(w.time1, emb)));
  if (added.defined()) emb = emb + added;
  if (w.vector_dim > 0)
    emb = emb + linear(w.label2, at::silu(linear(w.label1, vector.to(w.dtype))));
  return at::silu(emb);
}

at::Tensor run_block(const UNetBlock& block, at::Tensor h, const at::Tensor& emb,
                     const at::Tensor& tokens) {
  if (block.has_res) h = res_block(block.res, h, emb);
  if (block.transformer.heads > 0) h = transformer(block.transformer, h, tokens);
  return h;
}

at::Tensor run_middle(const UNetWeights& w, at::Tensor h, const at::Tensor& emb,
                      const at::Tensor& tokens) {
  if (w.has_mid1) h = res_block(w.mid1, h, emb);
  if (w.mid_transformer.heads > 0) h = transformer(w.mid_transformer, h, tokens);
  if (w.has_mid2) h = res_block(w.mid2, h, emb);
  return h;
}

void check_input(const UNetWeights& w, const at::Tensor& x, const at::Tensor& t,
                 const at::Tensor& context, const at::Tensor& vector) {
  const auto refuse = [](const char* name, const at::Tensor& got, const std::string& expected) {
    throw Error(BURIN_E_INVALID, compose("the UNet's {} has shape {}, expected {}", name,
                                         shape_text(got.sizes()), expected));
  };
  if (x.dim() != 4 || x.size(1) != w.in_channels || x.numel() == 0)
    refuse("input", x, compose("[N {} height width]", w.in_channels));
  if (t.dim() != 1 || t.size(0) != x.size(0)) refuse("timesteps", t, compose("[{}]", x.size(0)));
  if (context.dim() != 3 || (context.size(0) != x.size(0) && context.size(0) != 1) ||
      context.size(1) == 0 || (w.context_dim > 0 && context.size(2) != w.context_dim))
    refuse("context", context, compose("[{} tokens {}]", x.size(0), w.context_dim));
  if (w.vector_dim == 0) return;
  const at::Tensor& v = vector.defined() ? vector : at::empty({0});
  if (v.dim() != 2 || (v.size(0) != x.size(0) && v.size(0) != 1) || v.size(1) != w.vector_dim)
    refuse("label vector", v, compose("[{} {}]", x.size(0), w.vector_dim));
}

// Takes control residuals from the end of a list, as the reference does.
class Residuals {
 public:
  explicit Residuals(const std::vector<at::Tensor>& list) : list_(list), left_(list.size()) {}

  at::Tensor added_to(const at::Tensor& h) {
    if (left_ == 0) return h;
    const at::Tensor& r = list_[--left_];
    if (!r.defined()) return h;
    if (r.dim() != 4 || (r.size(0) != h.size(0) && r.size(0) != 1) || r.size(1) != h.size(1) ||
        r.size(2) != h.size(2) || r.size(3) != h.size(3))
      throw Error(BURIN_E_INVALID,
                  compose("a control residual has {} values for a place of [{} {} {} {}]",
                          r.numel(), h.size(0), h.size(1), h.size(2), h.size(3)));
    return h + r.to(h.scalar_type());
  }

 private:
  const std::vector<at::Tensor>& list_;
  std::size_t left_;
};

}  // namespace

at::Tensor timestep_embedding(const at::Tensor& t, int dim) {
  const int half = dim / 2;
  const at::Tensor frequencies =
      at::exp(at::arange(half, t.options().dtype(at::kFloat)) * (-std::log(10000.0)) / half);
  const at::Tensor angles = t.to(at::kFloat).unsqueeze(1) * frequencies.unsqueeze(0);
  return at::cat({at::cos(angles), at::sin(angles)}, 1);
}

at::Tensor unet(const UNetWeights& w, const at::Tensor& x, const at::Tensor& t,
                const at::Tensor& context, const UNetExtras& extras) {
  check_input(w, x, t, context, extras.vector);
  const at::Tensor emb = embedding(w, t, extras.vector, {});
  const at::Tensor tokens =
      context.to(w.dtype).expand({x.size(0), context.size(1), context.size(2)});

  Residuals control_input(extras.control_input), control_middle(extras.control_middle),
      control_output(extras.control_output);
  std::vector<at::Tensor> skips;
  at::Tensor h = conv2d(w.conv_in, x.to(w.dtype).contiguous(at::MemoryFormat::ChannelsLast));
  h = control_input.added_to(h);
  skips.push_back(h);
  for (const UNetBlock& block : w.input) {
    h = run_block(block, h, emb, tokens);
    if (block.resample.weight.defined()) h = conv2d(block.resample, h);
    h = control_input.added_to(h);
    skips.push_back(h);
  }
  h = control_middle.added_to(run_middle(w, h, emb, tokens));
  for (const UNetBlock& block : w.output) {
    h = run_block(block, at::cat({h, control_output.added_to(skips.back())}, 1), emb, tokens);
    skips.pop_back();
    if (block.resample.weight.defined()) {
      // To the size of the next skip, which a stride of two rounded up.
      if (!skips.empty())
        h = at::upsample_nearest2d(h, {skips.back().size(2), skips.back().size(3)});
      h = conv2d(block.resample, h);
    }
  }
  h = conv2d(w.conv_out, group_norm_silu(w.norm_out, h, kGroups, 1e-5));
  return h.to(at::kFloat).contiguous();
}

EncoderOutput unet_encoder(const UNetWeights& w, const at::Tensor& x, const at::Tensor& t,
                           const at::Tensor& context, const at::Tensor& vector,
                           const at::Tensor& added_embedding, const at::Tensor& added_features) {
  check_input(w, x, t, context, vector);
  const at::Tensor emb = embedding(w, t, vector, added_embedding);
  const at::Tensor tokens =
      context.to(w.dtype).expand({x.size(0), context.size(1), context.size(2)});
  EncoderOutput output;
  at::Tensor h = conv2d(w.conv_in, x.to(w.dtype).contiguous(at::MemoryFormat::ChannelsLast));
  if (added_features.defined()) h = h + added_features;
  output.input.push_back(h);
  for (const UNetBlock& block : w.input) {
    h = run_block(block, h, emb, tokens);
    if (block.resample.weight.defined()) h = conv2d(block.resample, h);
    output.input.push_back(h);
  }
  output.middle = run_middle(w, h, emb, tokens);
  return output;
}

}  // namespace burin::core
