// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a UNet's tensor names and shapes say about its blocks, and the loading of its weights.
#include <ATen/ATen.h>

#include <initializer_list>

#include "nets/unet.hpp"
#include "runtime/compose.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

using Shape = std::vector<std::int64_t>;

// The size of dimension `dim` of the first of these tensors that is there, 0 if none is.
int size_of_any(const TensorSource& source, const std::string& prefix,
                std::initializer_list<const char*> names, std::size_t dim = 0) {
  for (const char* name : names) {
    if (const int size = source.size(prefix + name, dim); size > 0) return size;
  }
  return 0;
}

int res_channels(const TensorSource& source, const std::string& prefix) {
  return size_of_any(source, prefix,
                     {".out_layers.3.weight", ".out_layers.3.bias", ".in_layers.2.weight",
                      ".in_layers.2.bias", ".emb_layers.1.weight", ".out_layers.0.weight"});
}

int transformer_depth(const TensorSource& source, const std::string& prefix) {
  int depth = 0;
  while (size_of_any(
             source, compose("{}.transformer_blocks.{}", prefix, depth),
             {".attn1.to_q.weight", ".norm1.weight", ".attn2.to_q.weight", ".ff.net.2.weight"}) > 0)
    ++depth;
  if (depth == 0 && size_of_any(source, prefix, {".norm.weight", ".proj_in.weight"}) > 0) return 1;
  return depth;
}

int context_width(const TensorSource& source, const std::string& prefix) {
  return size_of_any(
      source, prefix,
      {".transformer_blocks.0.attn2.to_k.weight", ".transformer_blocks.0.attn2.to_v.weight"}, 1);
}

// Whether the projections of the first transformer that has them are matrices.
bool projects_linearly(const TensorSource& source, const std::string& prefix) {
  for (const char* name : {".proj_in.weight", ".proj_out.weight"})
    if (const std::optional<Shape> shape = source.shape(prefix + name)) return shape->size() == 2;
  return false;
}

UNetBlockConfig block_config(const TensorSource& source, const std::string& prefix) {
  UNetBlockConfig block;
  block.channels = res_channels(source, prefix + ".0");
  block.res = block.channels > 0;
  if (block.res) {
    block.depth = transformer_depth(source, prefix + ".1");
  } else {
    block.channels = size_of_any(source, prefix + ".0", {".op.weight", ".op.bias"});
    block.resample = block.channels > 0;
  }
  return block;
}

struct UNetLoader {
  LayerLoader layer;
  int emb_channels, context_dim, heads, head_channels;
  bool linear_projection;

  // A matrix does to every position what a 1x1 convolution does.
  Conv projection(const std::string& name, int channels) const {
    if (!linear_projection) return layer.conv(name, channels, channels, 1);
    Conv conv;
    conv.weight = layer.tensor(name + ".weight", {channels, channels})
                      .view({channels, channels, 1, 1})
                      .contiguous(at::MemoryFormat::ChannelsLast);
    conv.bias = layer.tensor(name + ".bias", {channels});
    return conv;
  }

  ResBlockWeights res(const std::string& p, int in, int out) const {
    for (const int width : {in, out}) {
      if (width % 32 != 0)
        throw Error(BURIN_E_MODEL,
                    compose("the UNet's {} is {} channels wide; 32 groups are normalised, so a "
                            "multiple of 32 was expected",
                            p, width));
    }
    ResBlockWeights block;
    block.norm1 = layer.norm(p + ".in_layers.0", in);
    block.conv1 = layer.conv(p + ".in_layers.2", in, out, 3);
    block.emb = layer.linear(p + ".emb_layers.1", emb_channels, out);
    block.norm2 = layer.norm(p + ".out_layers.0", out);
    block.conv2 = layer.conv(p + ".out_layers.3", out, out, 3);
    if (in != out) block.skip = layer.conv(p + ".skip_connection", in, out, 1);
    return block;
  }

  AttentionWeights attention(const std::string& p, int channels, int context) const {
    return {layer.linear(p + ".to_q", channels, channels, false),
            layer.linear(p + ".to_k", context, channels, false),
            layer.linear(p + ".to_v", context, channels, false),
            layer.linear(p + ".to_out.0", channels, channels)};
  }

  TransformerWeights transformer(const std::string& p, int channels, int depth) const {
    TransformerWeights t;
    if (depth == 0) return t;
    t.heads = head_channels > 0 ? channels / head_channels : heads;
    if (t.heads < 1 || channels % t.heads != 0 ||
        (head_channels > 0 && channels % head_channels != 0))
      throw Error(
          BURIN_E_MODEL,
          compose("the UNet's {} is {} channels wide, which does not divide into {}", p, channels,
                  head_channels > 0 ? compose("heads of {}", head_channels)
                                    : compose("{} heads", heads)));
    t.norm = layer.norm(p + ".norm", channels);
    t.proj_in = projection(p + ".proj_in", channels);
    for (int k = 0; k < depth; ++k) {
      const std::string b = compose("{}.transformer_blocks.{}", p, k);
      TransformerBlockWeights block;
      block.norm1 = layer.norm(b + ".norm1", channels);
      block.norm2 = layer.norm(b + ".norm2", channels);
      block.norm3 = layer.norm(b + ".norm3", channels);
      block.self = attention(b + ".attn1", channels, channels);
      block.cross = attention(b + ".attn2", channels, context_dim);
      block.ff_in = layer.linear(b + ".ff.net.0.proj", channels, 8 * channels);
      block.ff_out = layer.linear(b + ".ff.net.2", 4 * channels, channels);
      t.blocks.push_back(std::move(block));
    }
    t.proj_out = projection(p + ".proj_out", channels);
    return t;
  }
};

}  // namespace

UNetConfig unet_config(const TensorSource& source) {
  UNetConfig config;
  const std::optional<Shape> first = source.shape("input_blocks.0.0.weight");
  if (!first || first->size() != 4)
    throw Error(BURIN_E_MODEL,
                "the UNet has no convolution input_blocks.0.0.weight of four dimensions");
  config.model_channels = static_cast<int>((*first)[0]);
  config.in_channels = static_cast<int>((*first)[1]);
  config.out_channels = size_of_any(source, "out.2", {".weight", ".bias"});

  for (int i = 1;; ++i) {
    const std::string prefix = compose("input_blocks.{}", i);
    const UNetBlockConfig block = block_config(source, prefix);
    if (block.channels == 0) break;
    if (config.context_dim == 0) config.context_dim = context_width(source, prefix + ".1");
    config.linear_projection = config.linear_projection || projects_linearly(source, prefix + ".1");
    config.input.push_back(block);
  }
  config.mid_depth = transformer_depth(source, "middle_block.1");
  config.has_mid1 = config.mid_depth > 0 || res_channels(source, "middle_block.0") > 0;
  config.has_mid2 = config.mid_depth > 0 || res_channels(source, "middle_block.2") > 0;
  config.linear_projection =
      config.linear_projection || projects_linearly(source, "middle_block.1");
  config.vector_dim = size_of_any(source, "label_emb.0.0", {".weight"}, 1);
  if (config.context_dim == 0) config.context_dim = context_width(source, "middle_block.1");
  for (std::size_t i = 0;; ++i) {
    const std::string prefix = compose("output_blocks.{}", i);
    UNetBlockConfig block = block_config(source, prefix);
    if (!block.res) break;
    if (config.context_dim == 0) config.context_dim = context_width(source, prefix + ".1");
    // The decoder mirrors the encoder: it upsamples where that block downsampled.
    const std::size_t mirror = config.input.size() - i;
    block.resample = i < config.input.size() && config.input[mirror - 1].resample;
    config.output.push_back(block);
  }
  if (config.input.empty() || config.output.size() != config.input.size() + 1)
    throw Error(BURIN_E_MODEL,
                compose("the UNet has {} input and {} output blocks; the same number of both "
                        "was expected, and more than one",
                        config.input.size() + 1, config.output.size()));
  return config;
}

std::vector<int> channel_mult(const UNetConfig& config) {
  std::vector<int> mult;
  int channels = config.model_channels;
  const auto close_level = [&] { mult.push_back(channels / config.model_channels); };
  for (const UNetBlockConfig& block : config.input) {
    if (!block.res) close_level();
    channels = block.channels;
  }
  close_level();
  return mult;
}

UNetWeights load_unet_encoder(const TensorSource& source, const UNetConfig& config, int heads,
                              int head_channels, at::ScalarType dtype, at::Device device) {
  const int mc = config.model_channels, emb = 4 * mc;
  const UNetLoader load{{source, dtype, device}, emb, config.context_dim, heads, head_channels,
                        config.linear_projection};
  UNetWeights w;
  w.in_channels = config.in_channels;
  w.out_channels = config.out_channels;
  w.model_channels = mc;
  w.context_dim = config.context_dim;
  w.dtype = dtype;
  w.time1 = load.layer.linear("time_embed.0", mc, emb);
  w.time2 = load.layer.linear("time_embed.2", emb, emb);
  w.vector_dim = config.vector_dim;
  if (w.vector_dim > 0) {
    w.label1 = load.layer.linear("label_emb.0.0", w.vector_dim, emb);
    w.label2 = load.layer.linear("label_emb.0.2", emb, emb);
  }
  w.conv_in = load.layer.conv("input_blocks.0.0", config.in_channels, mc, 3);

  int channels = mc;
  for (std::size_t i = 0; i < config.input.size(); ++i) {
    const UNetBlockConfig& c = config.input[i];
    const std::string p = compose("input_blocks.{}", i + 1);
    UNetBlock block;
    block.has_res = c.res;
    if (c.res) {
      block.res = load.res(p + ".0", channels, c.channels);
      block.transformer = load.transformer(p + ".1", c.channels, c.depth);
    } else {
      block.resample = load.layer.conv(p + ".0.op", channels, c.channels, 3, true, 2);
    }
    channels = c.channels;
    w.input.push_back(std::move(block));
  }

  w.has_mid1 = config.has_mid1;
  w.has_mid2 = config.has_mid2;
  if (w.has_mid1) w.mid1 = load.res("middle_block.0", channels, channels);
  w.mid_transformer = load.transformer("middle_block.1", channels, config.mid_depth);
  if (w.has_mid2) w.mid2 = load.res("middle_block.2", channels, channels);
  return w;
}

UNetWeights load_unet(const TensorSource& source, const UNetConfig& config, int heads,
                      int head_channels, at::ScalarType dtype, at::Device device) {
  const int mc = config.model_channels;
  const UNetLoader load{{source, dtype, device}, 4 * mc, config.context_dim, heads, head_channels,
                        config.linear_projection};
  UNetWeights w = load_unet_encoder(source, config, heads, head_channels, dtype, device);
  std::vector<int> skips{mc};
  for (const UNetBlockConfig& block : config.input) skips.push_back(block.channels);
  int channels = skips.back();
  for (std::size_t i = 0; i < config.output.size(); ++i) {
    const UNetBlockConfig& c = config.output[i];
    const std::string p = compose("output_blocks.{}", i);
    UNetBlock block;
    block.has_res = true;
    block.res = load.res(p + ".0", channels + skips.back(), c.channels);
    skips.pop_back();
    block.transformer = load.transformer(p + ".1", c.channels, c.depth);
    if (c.resample)
      block.resample =
          load.layer.conv(compose("{}.{}.conv", p, c.depth > 0 ? 2 : 1), c.channels, c.channels, 3);
    channels = c.channels;
    w.output.push_back(std::move(block));
  }
  w.norm_out = load.layer.norm("out.0", channels);
  w.conv_out = load.layer.conv("out.2", channels, config.out_channels, 3);
  return w;
}

UNetWeights load_unet(const TensorSource& source, int heads, int head_channels,
                      at::ScalarType dtype, at::Device device) {
  return load_unet(source, unet_config(source), heads, head_channels, dtype, device);
}

}  // namespace burin::core
