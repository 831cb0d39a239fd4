// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// T2I adapters. Source: Mou et al. 2023, "T2I-Adapter".
#include "adapters/t2i_adapter.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

T2iBlock load_full_block(const LayerLoader& load, const std::string& p, int in, int out, int kernel,
                         bool down) {
  T2iBlock block;
  if (down) {
    block.down = load.source.has(p + "down_opt.op.weight") ? T2iBlock::Down::convolution
                                                           : T2iBlock::Down::average;
    if (block.down == T2iBlock::Down::convolution)
      block.down_conv = load.conv(p + "down_opt.op", in, in, 3, true, 2);
  }
  if (load.source.has(p + "in_conv.weight"))
    block.in_conv = load.conv(p + "in_conv", in, out, kernel);
  block.residuals.emplace_back(load.conv(p + "block1", out, out, 3),
                               load.conv(p + "block2", out, out, kernel));
  if (load.source.has(p + "skep.weight")) block.skip = load.conv(p + "skep", out, out, kernel);
  return block;
}

T2iAdapterWeights load_full(const LayerLoader& load) {
  constexpr int kBlocksALevel = 2;
  const int in = load.source.size("conv_in.weight", 1);
  T2iAdapterWeights w;
  w.xl = in == 256 || in == 768;
  w.unshuffle = w.xl ? 16 : 8;
  w.picture_channels = in / (w.unshuffle * w.unshuffle);
  int channels = load.source.size("conv_in.weight", 0);
  w.conv_in = load.conv("conv_in", in, channels, 3);
  const int kernel = load.source.size("body.0.block2.weight", 2);
  int blocks = 0;
  while (load.source.has(compose("body.{}.block1.weight", blocks))) ++blocks;
  if (blocks == 0 || blocks % kBlocksALevel != 0)
    throw Error(BURIN_E_MODEL,
                compose("The T2I adapter has {} blocks; two a level were expected.", blocks));
  for (int i = 0; i < blocks; ++i) {
    const std::string p = compose("body.{}.", i);
    const int level = i / kBlocksALevel, out = load.source.size(p + "block1.weight", 0);
    const bool first = i % kBlocksALevel == 0;
    const bool down = first && (w.xl ? level == 2 : level > 0);
    w.blocks.push_back(load_full_block(load, p, channels, out, kernel, down));
    w.blocks.back().feature = !first;
    channels = out;
  }
  return w;
}

T2iAdapterWeights load_light(const LayerLoader& load) {
  T2iAdapterWeights w;
  int channels = load.source.size("body.0.in_conv.weight", 1);
  w.picture_channels = channels / (w.unshuffle * w.unshuffle);
  for (int i = 0; load.source.has(compose("body.{}.in_conv.weight", i)); ++i) {
    const std::string p = compose("body.{}.", i);
    const int inner = load.source.size(p + "in_conv.weight", 0);
    const int out = load.source.size(p + "out_conv.weight", 0);
    T2iBlock block;
    block.down = i == 0 ? T2iBlock::Down::none : T2iBlock::Down::average;
    block.in_conv = load.conv(p + "in_conv", channels, inner, 1);
    for (int j = 0; load.source.has(compose("{}body.{}.block1.weight", p, j)); ++j)
      block.residuals.emplace_back(load.conv(compose("{}body.{}.block1", p, j), inner, inner, 3),
                                   load.conv(compose("{}body.{}.block2", p, j), inner, inner, 3));
    block.out_conv = load.conv(p + "out_conv", inner, out, 1);
    block.feature = true;
    w.blocks.push_back(std::move(block));
    channels = out;
  }
  return w;
}

at::Tensor run_block(const T2iBlock& b, at::Tensor x) {
  if (b.down == T2iBlock::Down::convolution) x = conv2d(b.down_conv, x);
  if (b.down == T2iBlock::Down::average)
    x = at::avg_pool2d(x, {2, 2}, {2, 2}, {x.size(2) % 2, x.size(3) % 2});
  if (b.in_conv.weight.defined()) x = conv2d(b.in_conv, x);
  for (const auto& [first, second] : b.residuals) {
    const at::Tensor h = conv2d(second, at::relu(conv2d(first, x)));
    x = h + (b.skip.weight.defined() ? conv2d(b.skip, x) : x);
  }
  return b.out_conv.weight.defined() ? conv2d(b.out_conv, x) : x;
}

}  // namespace

T2iAdapterWeights load_t2i_adapter(const TensorSource& source, at::ScalarType dtype,
                                   at::Device device) {
  const LayerLoader load{source, dtype, device};
  T2iAdapterWeights w = source.has("conv_in.weight") ? load_full(load) : load_light(load);
  if (w.picture_channels != 1 && w.picture_channels != 3)
    throw Error(BURIN_E_MODEL,
                compose("The T2I adapter reads pictures of {} channels; 1 or 3 were expected.",
                        w.picture_channels));
  w.dtype = dtype;
  return w;
}

T2iFeatures t2i_features(const T2iAdapterWeights& w, const at::Tensor& picture) {
  if (picture.dim() != 4 || picture.size(2) % w.unshuffle != 0 ||
      picture.size(3) % w.unshuffle != 0)
    throw Error(BURIN_E_INVALID,
                compose("the T2I adapter's picture has {} values; [N 3 height width] with sides "
                        "that are multiples of {} was expected",
                        picture.numel(), w.unshuffle));
  at::Tensor x = w.picture_channels == 1 ? picture.mean(1, true) : picture;
  x = at::pixel_unshuffle(x.to(w.dtype), w.unshuffle).contiguous(at::MemoryFormat::ChannelsLast);
  if (w.conv_in.weight.defined()) x = conv2d(w.conv_in, x);
  // How many input blocks of the UNet lie before the one that each feature is added to.
  const std::vector<int> gaps = w.xl ? std::vector<int>{3, 1, 2, 1} : std::vector<int>{2, 2, 2, 2};
  std::vector<at::Tensor> in_order;
  std::size_t level = 0;
  for (const T2iBlock& block : w.blocks) {
    x = run_block(block, x);
    if (!block.feature) continue;
    in_order.resize(in_order.size() +
                    static_cast<std::size_t>(gaps[std::min<std::size_t>(level, 3)]));
    in_order.push_back(x.to(at::kFloat));
    ++level;
  }
  T2iFeatures features;
  features.input.assign(in_order.rbegin(), in_order.rend());
  if (w.xl) {
    features.middle = {features.input.front()};
    features.input.erase(features.input.begin());
  }
  return features;
}

}  // namespace burin::core
