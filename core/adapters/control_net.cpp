// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// ControlNets: loading and evaluation. Sources: Zhang et al. 2023, "Adding Conditional Control to
// Text-to-Image Diffusion Models"; union networks: ControlNet++ (xinsir).
#include "adapters/control_net.hpp"

#include <ATen/ATen.h>

#include <array>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

constexpr int kTypeChannels = 256;  // of the embedding of a union network's type
constexpr int kTypeHeads = 8;
constexpr std::array kHintStrides{1, 1, 2, 1, 2, 1, 2, 1};

std::vector<Conv> load_hint(const LayerLoader& load, int model_channels) {
  std::vector<Conv> convs;
  int in = load.source.size("input_hint_block.0.weight", 1);
  for (std::size_t i = 0; i < kHintStrides.size(); ++i) {
    const std::string name = compose("input_hint_block.{}", 2 * i);
    const bool last = i + 1 == kHintStrides.size();
    const int out = last ? model_channels : load.source.size(name + ".weight", 0);
    convs.push_back(load.conv(name, in, out, 3, true, kHintStrides[i]));
    in = out;
  }
  return convs;
}

UnionWeights load_union(const LayerLoader& load, int types, int model_channels) {
  const int width = load.source.size("task_embedding", 1);
  const int out = load.source.size("spatial_ch_projs.weight", 0);
  const std::string p = "transformer_layes.0.";  // the name in the released files
  UnionWeights u;
  u.task_embedding = load.tensor("task_embedding", {types, width});
  u.norm1 = load.norm(p + "ln_1", width);
  u.norm2 = load.norm(p + "ln_2", width);
  u.in_proj = load.linear(p + "attn.in_proj", width, 3 * width);
  u.out_proj = load.linear(p + "attn.out_proj", width, width);
  u.fc = load.linear(p + "mlp.c_fc", width, 4 * width);
  u.proj = load.linear(p + "mlp.c_proj", 4 * width, width);
  u.to_channels = load.linear("spatial_ch_projs", width, out);
  u.add1 = load.linear("control_add_embedding.linear_1", kTypeChannels * types, 4 * model_channels);
  u.add2 = load.linear("control_add_embedding.linear_2", 4 * model_channels, 4 * model_channels);
  return u;
}

// Tokens [N, L, C].
at::Tensor union_transformer(const UnionWeights& u, const at::Tensor& tokens) {
  const auto qkv = linear(u.in_proj, layer_norm(u.norm1, tokens)).chunk(3, 2);
  const at::Tensor x = tokens + linear(u.out_proj, attention(qkv[0], qkv[1], qkv[2], kTypeHeads));
  return x + linear(u.proj, quick_gelu(linear(u.fc, layer_norm(u.norm2, x))));
}

at::Tensor type_embedding(const ControlNetWeights& w, int type) {
  const UnionWeights& u = *w.types;
  at::Tensor one_hot =
      at::zeros({u.task_embedding.size(0)}, u.task_embedding.options().dtype(at::kFloat));
  if (type >= 0) one_hot[type] = 1;
  const at::Tensor embedded =
      timestep_embedding(one_hot, kTypeChannels).to(w.encoder.dtype).reshape({1, -1});
  return linear(u.add2, at::silu(linear(u.add1, embedded)));
}

}  // namespace

ControlNetWeights load_control_net(const TensorSource& source, UNetConfig config, int heads,
                                   int head_channels, at::ScalarType dtype, at::Device device) {
  const auto depth_of = [&](const std::string& block) {
    int depth = 0;
    while (source.has(compose("{}.1.transformer_blocks.{}.norm1.weight", block, depth))) ++depth;
    return depth;
  };
  for (std::size_t i = 0; i < config.input.size(); ++i)
    if (config.input[i].res) config.input[i].depth = depth_of(compose("input_blocks.{}", i + 1));
  config.mid_depth = depth_of("middle_block");
  config.has_mid1 = source.has("middle_block.0.in_layers.2.weight");
  config.has_mid2 = source.has("middle_block.2.in_layers.2.weight");
  const int in = source.size("input_blocks.0.0.weight", 1);
  if (in > 0) config.in_channels = in;
  if (!source.has("label_emb.0.0.weight")) config.vector_dim = 0;

  ControlNetWeights w;
  w.encoder = load_unet_encoder(source, config, heads, head_channels, dtype, device);
  const LayerLoader load{source, dtype, device};
  w.hint = load_hint(load, config.model_channels);
  w.hint_channels = static_cast<int>(w.hint.front().weight.size(1));
  int channels = config.model_channels;
  w.zero.push_back(load.conv("zero_convs.0.0", channels, channels, 1));
  for (std::size_t i = 0; i < config.input.size(); ++i) {
    channels = config.input[i].channels;
    w.zero.push_back(load.conv(compose("zero_convs.{}.0", i + 1), channels, channels, 1));
  }
  w.mid_out = load.conv("middle_block_out.0", channels, channels, 1);
  if (const int types = source.size("task_embedding", 0);
      types > 0 && source.has("control_add_embedding.linear_1.weight"))
    w.types = load_union(load, types, config.model_channels);
  return w;
}

at::Tensor control_features(const ControlNetWeights& w, const at::Tensor& hint, int type) {
  if (hint.dim() != 4 || hint.size(1) != w.hint_channels)
    throw Error(BURIN_E_INVALID,
                compose("the control picture has {} channels, the network reads {}",
                        hint.dim() == 4 ? hint.size(1) : 0, w.hint_channels));
  if (type >= 0 && w.types && type >= w.types->task_embedding.size(0))
    throw Error(BURIN_E_JOB,
                compose("The control type is number {}, and the network has {}; a union network of "
                        "more types was expected.",
                        type, w.types->task_embedding.size(0)));
  at::Tensor h = hint.to(w.encoder.dtype).contiguous(at::MemoryFormat::ChannelsLast);
  for (std::size_t i = 0; i < w.hint.size(); ++i) {
    h = conv2d(w.hint[i], h);
    if (i + 1 < w.hint.size()) h = at::silu(h);
  }
  if (!w.types || type < 0) return h;
  const at::Tensor mean = h.mean({2, 3}) + w.types->task_embedding[type];
  const at::Tensor token = union_transformer(*w.types, mean.unsqueeze(1)).select(1, 0);
  return h + linear(w.types->to_channels, token).unsqueeze(-1).unsqueeze(-1);
}

ControlNetOutput control_net(const ControlNetWeights& w, const at::Tensor& x,
                             const at::Tensor& features, const at::Tensor& t,
                             const at::Tensor& context, const at::Tensor& vector, int type) {
  const at::Tensor added = w.types ? type_embedding(w, type) : at::Tensor();
  const EncoderOutput encoded = unet_encoder(w.encoder, x, t, context, vector, added, features);
  ControlNetOutput result;
  for (std::size_t i = 0; i < encoded.input.size(); ++i)
    result.output.push_back(conv2d(w.zero[i], encoded.input[i]).to(at::kFloat));
  result.middle = conv2d(w.mid_out, encoded.middle).to(at::kFloat);
  return result;
}

}  // namespace burin::core
