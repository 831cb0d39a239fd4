// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// AutoencoderKL of Stable Diffusion: loading and evaluation.
// Source: Rombach et al. 2022, "High-Resolution Image Synthesis with Latent Diffusion Models".
#include "nets/autoencoder_kl.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

using Shape = std::vector<std::int64_t>;

int size_of(const TensorSource& source, const std::string& key, std::size_t dim) {
  const std::optional<Shape> shape = source.shape(key);
  return shape && shape->size() > dim ? static_cast<int>((*shape)[dim]) : 0;
}

struct LevelConfig {
  int channels = 0;
  int blocks = 0;
  bool resample = false;
};

// `half` is "encoder.down" or "decoder.up", `resample` the name of its resampling.
std::vector<LevelConfig> level_configs(const TensorSource& source, const std::string& half,
                                       const std::string& resample) {
  std::vector<LevelConfig> levels;
  for (int l = 0;; ++l) {
    LevelConfig level;
    for (;; ++level.blocks) {
      const std::string p = compose("{}.{}.block.{}", half, l, level.blocks);
      int channels = 0;
      for (const char* name : {".conv2.weight", ".conv2.bias", ".conv1.weight", ".conv1.bias"})
        if (channels == 0) channels = size_of(source, p + name, 0);
      if (channels == 0) break;
      level.channels = channels;
    }
    if (level.blocks == 0) break;
    const std::string r = compose("{}.{}.{}.conv", half, l, resample);
    level.resample = source.has(r + ".weight") || source.has(r + ".bias");
    levels.push_back(level);
  }
  return levels;
}

struct KlLoader {
  LayerLoader layer;

  VaeResBlock res(const std::string& p, int in, int out) const {
    for (const int width : {in, out})
      if (width % kl_groups != 0)
        throw Error(BURIN_E_MODEL,
                    compose("the autoencoder's {} is {} channels wide; 32 groups are "
                            "normalised, so a multiple of 32 was expected",
                            p, width));
    VaeResBlock block;
    block.norm1 = layer.norm(p + ".norm1", in);
    block.conv1 = layer.conv(p + ".conv1", in, out, 3);
    block.norm2 = layer.norm(p + ".norm2", out);
    block.conv2 = layer.conv(p + ".conv2", out, out, 3);
    if (in != out) block.shortcut = layer.conv(p + ".nin_shortcut", in, out, 1);
    return block;
  }

  VaeAttention attention(const std::string& p, int channels) const {
    return {layer.norm(p + ".norm", channels), layer.conv(p + ".q", channels, channels, 1),
            layer.conv(p + ".k", channels, channels, 1),
            layer.conv(p + ".v", channels, channels, 1),
            layer.conv(p + ".proj_out", channels, channels, 1)};
  }

  // Channels in and out of the level; the resampling keeps them.
  VaeLevel level(const std::string& p, const LevelConfig& config, int in,
                 const std::string& resample, bool down) const {
    VaeLevel level;
    for (int b = 0; b < config.blocks; ++b)
      level.blocks.push_back(
          res(compose("{}.block.{}", p, b), b == 0 ? in : config.channels, config.channels));
    if (config.resample) {
      level.resample =
          layer.conv(compose("{}.{}.conv", p, resample), config.channels, config.channels, 3);
      if (down) {
        level.resample.stride = 2;
        level.resample.padding = 0;
      }
    }
    return level;
  }
};

at::Tensor res_block(const VaeResBlock& w, const at::Tensor& x) {
  at::Tensor h = conv2d(w.conv1, group_norm_silu(w.norm1, x, kl_groups, kl_epsilon));
  h = conv2d(w.conv2, group_norm_silu(w.norm2, h, kl_groups, kl_epsilon));
  return h.add_(w.shortcut.weight.defined() ? conv2d(w.shortcut, x) : x);
}

// The matrix of scores as the reference computes it, so that what is left of rounding is its
// rounding too: the adaptive sampler's steps follow errors as small as that.
at::Tensor attend_by_scores(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const auto flat = [](const at::Tensor& t) { return t.flatten(2); };
  const double scale = std::pow(static_cast<double>(q.size(1)), -0.5);
  const at::Tensor scores = at::bmm(flat(q).permute({0, 2, 1}), flat(k)).mul_(scale);
  const at::Tensor shares = at::softmax(scores, 2).permute({0, 2, 1});
  return at::bmm(flat(v), shares).view_as(q);
}

// Without that matrix, which takes 1 GB for a picture of 1024 x 1024.
at::Tensor attend_in_blocks(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const std::int64_t n = q.size(0), c = q.size(1), height = q.size(2), width = q.size(3);
  const auto tokens = [&](const at::Tensor& t) {
    return t.permute({0, 2, 3, 1}).reshape({n, height * width, c});
  };
  const at::Tensor y = attention(tokens(q), tokens(k), tokens(v), 1);
  return y.reshape({n, height, width, c}).permute({0, 3, 1, 2});
}

at::Tensor attention_block(const VaeAttention& w, const at::Tensor& x) {
  constexpr std::int64_t most_scores = 64 * 64 * 64 * 64;
  const at::Tensor normed = group_norm(w.norm, x, kl_groups, kl_epsilon);
  const at::Tensor q = conv2d(w.q, normed), k = conv2d(w.k, normed), v = conv2d(w.v, normed);
  const std::int64_t places = x.size(2) * x.size(3);
  const bool few = x.size(0) * places * places <= most_scores;
  const at::Tensor y = few ? attend_by_scores(q.contiguous(), k.contiguous(), v.contiguous())
                           : attend_in_blocks(q, k, v);
  return conv2d(w.out, y).add_(x);
}

}  // namespace

Autoencoder load_autoencoder_kl(const TensorSource& source, at::ScalarType dtype,
                                at::Device device) {
  const std::vector<LevelConfig> down = level_configs(source, "encoder.down", "downsample");
  const std::vector<LevelConfig> up = level_configs(source, "decoder.up", "upsample");
  const int width = size_of(source, "encoder.conv_in.weight", 0);
  const int z = size_of(source, "decoder.conv_in.weight", 1);
  if (down.empty() || up.size() != down.size() || width == 0 || z == 0)
    throw Error(BURIN_E_MODEL,
                compose("the autoencoder has {} levels in its encoder, {} in its decoder, {} "
                        "channels after its first convolution and {} latent channels; the same "
                        "number of levels and both convolutions were expected",
                        down.size(), up.size(), width, z));
  const KlLoader load{{source, dtype, device}};
  Autoencoder autoencoder;
  AutoencoderKL net;
  autoencoder.latent_channels = z;
  autoencoder.dtype = dtype;
  autoencoder.factor = 1 << (down.size() - 1);

  net.enc_in = load.layer.conv("encoder.conv_in", 3, width, 3);
  int channels = width;
  for (std::size_t l = 0; l < down.size(); ++l) {
    LevelConfig config = down[l];
    config.resample = l + 1 < down.size();
    net.down.push_back(
        load.level(compose("encoder.down.{}", l), config, channels, "downsample", true));
    channels = config.channels;
  }
  net.enc_mid1 = load.res("encoder.mid.block_1", channels, channels);
  net.enc_attn = load.attention("encoder.mid.attn_1", channels);
  net.enc_mid2 = load.res("encoder.mid.block_2", channels, channels);
  net.enc_norm = load.layer.norm("encoder.norm_out", channels);
  net.enc_out = load.layer.conv("encoder.conv_out", channels, 2 * z, 3);
  if (source.has("quant_conv.weight") || source.has("post_quant_conv.weight")) {
    net.quant = load.layer.conv("quant_conv", 2 * z, 2 * z, 1);
    net.post_quant = load.layer.conv("post_quant_conv", z, z, 1);
  }

  channels = up.back().channels;
  net.dec_in = load.layer.conv("decoder.conv_in", z, channels, 3);
  net.dec_mid1 = load.res("decoder.mid.block_1", channels, channels);
  net.dec_attn = load.attention("decoder.mid.attn_1", channels);
  net.dec_mid2 = load.res("decoder.mid.block_2", channels, channels);
  for (std::size_t l = up.size(); l-- > 0;) {
    LevelConfig config = up[l];
    config.resample = l > 0;
    net.up.push_back(load.level(compose("decoder.up.{}", l), config, channels, "upsample", false));
    channels = config.channels;
  }
  net.dec_norm = load.layer.norm("decoder.norm_out", channels);
  net.dec_out = load.layer.conv("decoder.conv_out", channels, 3, 3);
  autoencoder.net = std::move(net);
  return autoencoder;
}

at::Tensor encode_kl(const AutoencoderKL& net, const at::Tensor& pixels) {
  at::Tensor h = conv2d(net.enc_in, pixels);
  for (const VaeLevel& level : net.down) {
    for (const VaeResBlock& block : level.blocks) h = res_block(block, h);
    if (level.resample.weight.defined())
      h = conv2d(level.resample, at::constant_pad_nd(h, {0, 1, 0, 1}));
  }
  return encode_kl_middle(net, h);
}

at::Tensor encode_kl_middle(const AutoencoderKL& net, const at::Tensor& deepest) {
  at::Tensor h = res_block(net.enc_mid1, deepest);
  h = res_block(net.enc_mid2, attention_block(net.enc_attn, h));
  h = conv2d(net.enc_out, group_norm_silu(net.enc_norm, h, kl_groups, kl_epsilon));
  if (net.quant.weight.defined()) h = conv2d(net.quant, h);
  return h.narrow(1, 0, h.size(1) / 2);
}

at::Tensor decode_kl_middle(const AutoencoderKL& net, const at::Tensor& latent) {
  at::Tensor h = net.post_quant.weight.defined() ? conv2d(net.post_quant, latent) : latent;
  h = conv2d(net.dec_in, h);
  return res_block(net.dec_mid2, attention_block(net.dec_attn, res_block(net.dec_mid1, h)));
}

at::Tensor decode_kl(const AutoencoderKL& net, const at::Tensor& latent) {
  at::Tensor h = decode_kl_middle(net, latent);
  for (const VaeLevel& level : net.up) {
    for (const VaeResBlock& block : level.blocks) h = res_block(block, h);
    if (level.resample.weight.defined())
      h = conv2d(level.resample, at::upsample_nearest2d(h, {h.size(2) * 2, h.size(3) * 2}));
  }
  return conv2d(net.dec_out, group_norm_silu(net.dec_norm, h, kl_groups, kl_epsilon));
}

}  // namespace burin::core
