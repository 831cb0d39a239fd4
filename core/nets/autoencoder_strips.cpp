// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The full autoencoder in strips of rows: each layer is a function that gives any rows of its
// output, asking the layer before it for those and their neighbours.
#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "nets/autoencoder_kl.hpp"
#include "nets/autoencoder_tiles.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

// Rows [from, to) of a map.
struct Span {
  at::Tensor rows;
  std::int64_t from, to;
  at::Tensor part(std::int64_t a, std::int64_t b) const { return rows.narrow(2, a - from, b - a); }
};

struct Layer {
  std::int64_t height;
  std::function<at::Tensor(std::int64_t from, std::int64_t to)> rows;

  // With up to `more` rows on either side, where there are any.
  Span around(std::int64_t from, std::int64_t to, std::int64_t more) const {
    const std::int64_t a = std::max<std::int64_t>(0, from - more), b = std::min(height, to + more);
    return {rows(a, b), a, b};
  }
};

// The rows of a 3x3 convolution that `input` is enough for.
Span convolved(const Conv& conv, const Span& input, std::int64_t height) {
  const bool top = input.from == 0, bottom = input.to == height;
  const at::Tensor padded = at::constant_pad_nd(input.rows, {1, 1, top ? 1 : 0, bottom ? 1 : 0});
  return {at::conv2d(padded, conv.weight, conv.bias), top ? 0 : input.from + 1,
          bottom ? height : input.to - 1};
}

// A group norm with the moments of a whole map, and SiLU.
class NormSilu {
 public:
  NormSilu(const Norm& norm, const Layer& layer, std::int64_t strip) {
    at::Tensor sum, squares;
    double count = 0;
    for (std::int64_t y = 0; y < layer.height; y += strip) {
      const at::Tensor rows = layer.rows(y, std::min(layer.height, y + strip));
      const at::Tensor groups =
          rows.to(at::kFloat).contiguous().view({rows.size(0), kl_groups, -1});
      const at::Tensor part = groups.sum(2, false, at::kDouble);
      const at::Tensor part_squares = groups.pow(2).sum(2, false, at::kDouble);
      sum = sum.defined() ? sum + part : part;
      squares = squares.defined() ? squares + part_squares : part_squares;
      count += static_cast<double>(groups.size(2));
    }
    const at::Tensor mean = sum / count;
    const at::Tensor inverse = (squares / count - mean.pow(2) + kl_epsilon).rsqrt();
    const std::int64_t share = norm.weight.size(0) / kl_groups;
    const auto by_channel = [&](const at::Tensor& t) {
      return t.to(at::kFloat).repeat_interleave(share, 1).unsqueeze(2).unsqueeze(3);
    };
    scale_ = by_channel(inverse) * norm.weight.to(at::kFloat).view({1, -1, 1, 1});
    shift_ = norm.bias.to(at::kFloat).view({1, -1, 1, 1}) - by_channel(mean) * scale_;
  }

  Span operator()(const Span& span) const {
    at::Tensor y = (span.rows.to(at::kFloat) * scale_).add_(shift_);
    return {at::silu_(y).to(span.rows.scalar_type()), span.from, span.to};
  }

 private:
  at::Tensor scale_, shift_;
};

Layer whole(const at::Tensor& map) {
  return {map.size(2), [map](std::int64_t a, std::int64_t b) { return map.narrow(2, a, b - a); }};
}

at::Tensor computed(const Layer& layer, std::int64_t strip) {
  std::vector<at::Tensor> strips;
  for (std::int64_t y = 0; y < layer.height; y += strip)
    strips.push_back(layer.rows(y, std::min(layer.height, y + strip)));
  return at::cat(strips, 2);
}

Layer convolution(const Conv& conv, Layer input) {
  const std::int64_t height = input.height;
  return {height, [conv, input = std::move(input)](std::int64_t a, std::int64_t b) {
            return convolved(conv, input.around(a, b, 1), input.height).part(a, b);
          }};
}

Layer res_block(const VaeResBlock& w, Layer input, std::int64_t strip) {
  const std::int64_t height = input.height;
  const NormSilu first(w.norm1, input, strip);
  const Layer middle{height, [&](std::int64_t a, std::int64_t b) {
                       return convolved(w.conv1, first(input.around(a, b, 1)), height).part(a, b);
                     }};
  const NormSilu second(w.norm2, middle, strip);
  return {height, [w, first, second, input = std::move(input)](std::int64_t a, std::int64_t b) {
            const Span x = input.around(a, b, 2);
            const Span h = convolved(w.conv1, first(x), input.height);
            const at::Tensor out = convolved(w.conv2, second(h), input.height).part(a, b);
            const at::Tensor kept = x.part(a, b);
            return out + (w.shortcut.weight.defined() ? conv2d(w.shortcut, kept) : kept);
          }};
}

Layer upsampled(const Conv& conv, Layer input) {
  const std::int64_t height = input.height * 2;
  const Layer doubled{height, [input = std::move(input)](std::int64_t a, std::int64_t b) {
                        const std::int64_t from = a / 2;
                        const at::Tensor rows = input.rows(from, (b + 1) / 2);
                        return at::upsample_nearest2d(rows, {rows.size(2) * 2, rows.size(3) * 2})
                            .narrow(2, a - 2 * from, b - a);
                      }};
  return convolution(conv, doubled);
}

// Stride 2; a column and a row of zeros are added at the right and at the bottom.
Layer downsampled(const Conv& conv, Layer input) {
  return {input.height / 2, [conv, input](std::int64_t a, std::int64_t b) {
            const std::int64_t last = std::min(input.height, 2 * b + 1);
            const at::Tensor rows = input.rows(2 * a, last);
            return conv2d(conv, at::constant_pad_nd(rows, {0, 1, 0, last < 2 * b + 1 ? 1 : 0}));
          }};
}

const AutoencoderKL* full_net(const Autoencoder& autoencoder, std::int64_t rows) {
  if (rows < 1)
    throw Error(BURIN_E_INVALID, "an autoencoder was asked to work in strips of " +
                                     std::to_string(rows) + " rows; expected 1 or more");
  return std::get_if<AutoencoderKL>(&autoencoder.net);
}

at::Tensor encoded(const AutoencoderKL& net, const at::Tensor& pixels, std::int64_t strip) {
  Layer layer = convolution(net.enc_in, whole(pixels));
  for (const VaeLevel& level : net.down) {
    for (const VaeResBlock& block : level.blocks) layer = res_block(block, layer, strip);
    if (level.resample.weight.defined()) layer = downsampled(level.resample, layer);
    layer = whole(computed(layer, strip));
  }
  return encode_kl_middle(net, layer.rows(0, layer.height));
}

at::Tensor decoded(const AutoencoderKL& net, const at::Tensor& latent, std::int64_t strip) {
  Layer layer = whole(decode_kl_middle(net, latent));
  for (const VaeLevel& level : net.up) {
    for (const VaeResBlock& block : level.blocks) layer = res_block(block, layer, strip);
    if (!level.resample.weight.defined()) continue;
    layer = upsampled(level.resample, whole(computed(layer, strip)));
  }
  const NormSilu last(net.dec_norm, layer, strip);
  const Layer out{
      layer.height, [&](std::int64_t a, std::int64_t b) {
        return convolved(net.dec_out, last(layer.around(a, b, 1)), layer.height).part(a, b);
      }};
  return computed(out, strip);
}

}  // namespace

double autoencoder_bytes(const Autoencoder& autoencoder, std::int64_t width, std::int64_t height) {
  constexpr double maps = 4, narrow_channels = 64;
  double channels = narrow_channels;
  if (const auto* net = std::get_if<AutoencoderKL>(&autoencoder.net))
    channels = static_cast<double>(net->up.back().blocks.front().conv1.weight.size(1));
  return maps * channels * static_cast<double>(width) * static_cast<double>(height) *
         static_cast<double>(c10::elementSize(autoencoder.dtype));
}

at::Tensor encode_in_strips(const Autoencoder& autoencoder, const at::Tensor& pixels,
                            std::int64_t rows) {
  const AutoencoderKL* net = full_net(autoencoder, rows);
  if (!net) return encode(autoencoder, pixels);
  return encode_with(autoencoder, pixels,
                     [&](const at::Tensor& x) { return encoded(*net, x, rows); });
}

at::Tensor decode_in_strips(const Autoencoder& autoencoder, const at::Tensor& latent,
                            std::int64_t rows) {
  const AutoencoderKL* net = full_net(autoencoder, rows);
  if (!net) return decode(autoencoder, latent);
  return decode_with(autoencoder, latent,
                     [&](const at::Tensor& z) { return decoded(*net, z, rows); })
      .clamp_(0, 1);
}

}  // namespace burin::core
