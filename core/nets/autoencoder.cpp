// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pixels to latents and back with either kind of autoencoder: ranges, dtypes and shape checks.
#include "nets/autoencoder.hpp"

#include <ATen/ATen.h>

#include "nets/autoencoder_kl.hpp"
#include "nets/autoencoder_tiles.hpp"
#include "nets/taesd.hpp"
#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "weights/tensor_text.hpp"

namespace burin::core {
namespace {

at::Tensor prepared(const Autoencoder& autoencoder, const at::Tensor& x) {
  return x.to(autoencoder.dtype).contiguous(at::MemoryFormat::ChannelsLast);
}

// Strips that stay in the caches make a CPU faster and take a fraction of the memory; a GPU is
// slower by every part.
std::int64_t tiny_strip_rows(const at::Tensor& x) { return x.is_cpu() ? 64 : 0; }

}  // namespace

at::Tensor encode_with(const Autoencoder& autoencoder, const at::Tensor& pixels,
                       const NetworkHalf& net) {
  const int f = autoencoder.factor;
  if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.numel() == 0 || pixels.size(2) % f != 0 ||
      pixels.size(3) % f != 0)
    throw Error(BURIN_E_INVALID,
                compose("the picture to encode has shape {}, expected [N 3 height width] with "
                        "height and width multiples of {}",
                        shape_text(pixels.sizes()), f));
  at::Tensor latent;
  if (std::holds_alternative<AutoencoderKL>(autoencoder.net))
    latent = net(prepared(autoencoder, pixels * 2 - 1));
  else
    latent = encode_taesd(std::get<Taesd>(autoencoder.net), prepared(autoencoder, pixels),
                          tiny_strip_rows(pixels));
  latent = latent.to(at::kFloat).contiguous();
  return autoencoder.net_scale == 1 ? latent : latent / autoencoder.net_scale;
}

at::Tensor encode(const Autoencoder& autoencoder, const at::Tensor& pixels) {
  return encode_with(autoencoder, pixels, [&](const at::Tensor& x) {
    return encode_kl(std::get<AutoencoderKL>(autoencoder.net), x);
  });
}

at::Tensor decode_with(const Autoencoder& autoencoder, const at::Tensor& latent,
                       const NetworkHalf& net) {
  if (latent.dim() != 4 || latent.size(1) != autoencoder.latent_channels || latent.numel() == 0)
    throw Error(BURIN_E_INVALID,
                compose("the latent to decode has shape {}, expected [N {} height width]",
                        shape_text(latent.sizes()), autoencoder.latent_channels));
  const at::Tensor z =
      prepared(autoencoder, autoencoder.net_scale == 1 ? latent : latent * autoencoder.net_scale);
  if (std::holds_alternative<AutoencoderKL>(autoencoder.net))
    return net(z).to(at::kFloat).add(1).div(2);
  return decode_taesd(std::get<Taesd>(autoencoder.net), z, tiny_strip_rows(z)).to(at::kFloat);
}

at::Tensor decode_unclamped(const Autoencoder& autoencoder, const at::Tensor& latent) {
  return decode_with(autoencoder, latent, [&](const at::Tensor& z) {
    return decode_kl(std::get<AutoencoderKL>(autoencoder.net), z);
  });
}

at::Tensor decode(const Autoencoder& autoencoder, const at::Tensor& latent) {
  return decode_unclamped(autoencoder, latent).clamp(0, 1).contiguous();
}

}  // namespace burin::core
