// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// TAESD and its 32-channel form with pooled blocks: loading and evaluation.
// Source: Ollin Boer Bohan, "TAESD: Tiny AutoEncoder for Stable Diffusion" (madebyollin/taesd,
// MIT).
#include "nets/taesd.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <span>
#include <utility>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

using Shape = std::vector<std::int64_t>;
using Kind = TaesdLayer::Kind;

constexpr std::int64_t kPoolGroups = 4;

enum class Entry { none, conv, block };

// What the numbered entry of the sequential holds.
Entry entry_at(const TensorSource& source, const std::string& p) {
  if (source.has(p + ".weight") || source.has(p + ".bias")) return Entry::conv;
  for (const char* name : {".conv.0.weight", ".conv.2.weight", ".conv.4.weight"})
    if (source.has(p + name)) return Entry::block;
  return Entry::none;
}

int out_channels(const TensorSource& source, const std::string& p) {
  for (const char* name : {".weight", ".bias"})
    if (const std::optional<Shape> shape = source.shape(p + name); shape && !shape->empty())
      return static_cast<int>(shape->front());
  return 0;
}

TaesdBlock load_block(const LayerLoader& load, const std::string& p, int channels) {
  TaesdBlock block;
  for (int i = 0; i < 3; ++i)
    block.conv[i] = load.conv(compose("{}.conv.{}", p, 2 * i), channels, channels, 3);
  if (load.source.has(p + ".pool.0.weight") || load.source.has(p + ".pool.1.weight")) {
    block.pool_in = load.conv(p + ".pool.0", channels, 4 * channels, 1, false);
    block.pool_norm = load.norm(p + ".pool.1", 4 * channels);
    block.pool_out = load.conv(p + ".pool.3", 4 * channels, channels, 1, false);
  }
  return block;
}

struct Half {
  std::vector<TaesdLayer> layers;
  int in = 0, out = 0, resamplings = 0;
};

// Entries without weights are the clamp before the decoder's first convolution, the ReLU right
// behind that one, and the upsamplings. The first and the last convolution keep the size and have a
// bias; those between resample and have none.
Half load_half(const LayerLoader& load, const std::string& name, bool decoder) {
  const TensorSource& source = load.source;
  int count = 0;
  for (int i = 0, gap = 0; gap < 4; ++i) {
    gap = entry_at(source, compose("{}.{}", name, i)) == Entry::none ? gap + 1 : 0;
    if (gap == 0) count = i + 1;
  }
  Half half;
  int channels = 0, convs = 0;
  const auto plain = [&](Kind kind) {
    half.layers.emplace_back();
    half.layers.back().kind = kind;
  };
  for (int i = 0; i < count; ++i) {
    const std::string p = compose("{}.{}", name, i);
    const Entry entry = entry_at(source, p);
    if (entry == Entry::none) {
      if (!decoder) {
        throw Error(BURIN_E_MODEL,
                    compose("the autoencoder's {} has no weights; a convolution or a block was "
                            "expected there",
                            p));
      }
      plain(convs == 0 ? Kind::clamp
                       : (half.layers.back().kind == Kind::conv ? Kind::relu : Kind::upsample));
      continue;
    }
    TaesdLayer layer;
    if (entry == Entry::block) {
      layer.kind = Kind::block;
      layer.block = load_block(load, p, channels);
    } else {
      const int out = out_channels(source, p);
      if (convs == 0) {
        const std::optional<Shape> shape = source.shape(p + ".weight");
        channels = half.in = shape && shape->size() == 4 ? static_cast<int>((*shape)[1]) : 0;
      }
      const bool resampling = convs > 0 && i + 1 < count;
      layer.conv = load.conv(p, channels, out, 3, !resampling, resampling && !decoder ? 2 : 1);
      if (resampling) ++half.resamplings;
      channels = out;
      ++convs;
    }
    half.layers.push_back(std::move(layer));
  }
  half.out = channels;
  return half;
}

at::Tensor run_block(const TaesdBlock& w, at::Tensor x) {
  if (w.pool_in.weight.defined()) {
    at::Tensor pooled = group_norm(w.pool_norm, conv2d(w.pool_in, x), kPoolGroups, 1e-5);
    x = x + conv2d(w.pool_out, at::relu_(pooled));
  }
  at::Tensor h = conv2d(w.conv[0], x);
  h = conv2d(w.conv[1], at::relu_(h));
  h = conv2d(w.conv[2], at::relu_(h));
  return at::relu_(h.add_(x));
}

using Layers = std::span<const TaesdLayer>;

at::Tensor run(Layers layers, at::Tensor x) {
  for (const TaesdLayer& layer : layers) {
    switch (layer.kind) {
      case Kind::conv:
        x = conv2d(layer.conv, x);
        break;
      case Kind::block:
        x = run_block(layer.block, std::move(x));
        break;
      case Kind::upsample:
        x = at::upsample_nearest2d(x, {x.size(2) * 2, x.size(3) * 2});
        break;
      case Kind::relu:
        x = at::relu(x);
        break;
      case Kind::clamp:
        x = at::tanh(x / 3) * 3;
        break;
    }
  }
  return x;
}

// How many rows of its larger side an output of these layers sees above and below; even. Absent
// where it sees all of them.
std::optional<std::int64_t> reach_of(Layers layers) {
  std::int64_t reach = 0;
  for (const TaesdLayer& layer : layers) {
    if (layer.block.pool_in.weight.defined()) return std::nullopt;
    if (layer.kind == Kind::conv) reach += 1;
    if (layer.kind == Kind::block) reach += 3;
  }
  return reach + reach % 2;
}

// Layers of full resolution and the resampling before or after them. shrink: full rows to one of x
// and to one of the result, 1 or 2.
at::Tensor run_in_strips(Layers layers, const at::Tensor& x, int shrink_in, int shrink_out,
                         std::int64_t rows) {
  const std::int64_t height = x.size(2) * shrink_in, step = rows + rows % 2;
  const std::optional<std::int64_t> reach = reach_of(layers);
  if (rows == 0 || rows >= height || !reach) return run(layers, x);
  std::vector<at::Tensor> strips;
  for (std::int64_t y = 0; y < height; y += step) {
    const std::int64_t end = std::min(height, y + step), to = std::min(height, end + *reach);
    const std::int64_t from = std::max<std::int64_t>(0, y - *reach);
    const at::Tensor seen = x.narrow(2, from / shrink_in, (to - from) / shrink_in);
    strips.push_back(
        run(layers, seen).narrow(2, (y - from) / shrink_out, (end - y) / shrink_out).clone());
  }
  return at::cat(strips, 2);
}

}  // namespace

Autoencoder load_taesd(const TensorSource& source, at::ScalarType dtype, at::Device device) {
  const LayerLoader load{source, dtype, device};
  Half encoder = load_half(load, "taesd_encoder", false);
  Half decoder = load_half(load, "taesd_decoder", true);
  if (encoder.layers.empty() || decoder.layers.empty() || encoder.in != 3 || decoder.out != 3 ||
      encoder.out != decoder.in || encoder.resamplings != decoder.resamplings)
    throw Error(BURIN_E_MODEL,
                compose("the tiny autoencoder goes from {} channels to {} with {} reductions "
                        "and from {} to {} with {} enlargements; from 3 and back to 3 was "
                        "expected",
                        encoder.in, encoder.out, encoder.resamplings, decoder.in, decoder.out,
                        decoder.resamplings));
  Autoencoder autoencoder;
  autoencoder.latent_channels = encoder.out;
  autoencoder.factor = 1 << encoder.resamplings;
  autoencoder.dtype = dtype;
  autoencoder.net = Taesd{std::move(encoder.layers), std::move(decoder.layers)};
  return autoencoder;
}

at::Tensor encode_taesd(const Taesd& net, const at::Tensor& pixels, std::int64_t strip_rows) {
  const Layers layers = net.encoder;
  const auto reduces = [](const TaesdLayer& layer) { return layer.conv.stride == 2; };
  const auto last = std::ranges::find_if(layers, reduces);
  if (last == layers.end()) return run(layers, pixels);
  const auto full = static_cast<std::size_t>(last - layers.begin()) + 1;
  return run(layers.subspan(full), run_in_strips(layers.first(full), pixels, 1, 2, strip_rows));
}

at::Tensor decode_taesd(const Taesd& net, const at::Tensor& latent, std::int64_t strip_rows) {
  const Layers layers = net.decoder;
  std::size_t full = layers.size();
  while (full > 0 && layers[full - 1].kind != Kind::upsample) --full;
  if (full == 0) return run(layers, latent);
  --full;
  return run_in_strips(layers.subspan(full), run(layers.first(full), latent), 2, 1, strip_rows);
}

}  // namespace burin::core
