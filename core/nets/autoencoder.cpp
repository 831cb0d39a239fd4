// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pixels to latents and back with either kind of autoencoder: ranges, dtypes and shape checks.
#include "nets/autoencoder.hpp"

#include <ATen/ATen.h>

#include "nets/autoencoder_kl.hpp"
#include "nets/taesd.hpp"
#include "runtime/compose.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

std::string shape_text(const at::Tensor& t) {
  std::string text;
  for (const std::int64_t size : t.sizes()) text += compose("{}{}", text.empty() ? "" : " ", size);
  return text;
}

at::Tensor prepared(const Autoencoder& autoencoder, const at::Tensor& x) {
  return x.to(autoencoder.dtype).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

at::Tensor encode(const Autoencoder& autoencoder, const at::Tensor& pixels) {
  const int f = autoencoder.factor;
  if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.numel() == 0 || pixels.size(2) % f != 0 ||
      pixels.size(3) % f != 0)
    throw Error(BURIN_E_INVALID,
                compose("the picture to encode has shape [{}], expected [N 3 height width] with "
                        "height and width multiples of {}",
                        shape_text(pixels), f));
  at::Tensor latent;
  if (const auto* kl = std::get_if<AutoencoderKL>(&autoencoder.net))
    latent = encode_kl(*kl, prepared(autoencoder, pixels * 2 - 1));
  else
    latent = encode_taesd(std::get<Taesd>(autoencoder.net), prepared(autoencoder, pixels));
  latent = latent.to(at::kFloat).contiguous();
  return autoencoder.net_scale == 1 ? latent : latent / autoencoder.net_scale;
}

at::Tensor decode(const Autoencoder& autoencoder, const at::Tensor& latent) {
  if (latent.dim() != 4 || latent.size(1) != autoencoder.latent_channels || latent.numel() == 0)
    throw Error(BURIN_E_INVALID,
                compose("the latent to decode has shape [{}], expected [N {} height width]",
                        shape_text(latent), autoencoder.latent_channels));
  const at::Tensor z =
      prepared(autoencoder, autoencoder.net_scale == 1 ? latent : latent * autoencoder.net_scale);
  at::Tensor pixels;
  if (const auto* kl = std::get_if<AutoencoderKL>(&autoencoder.net))
    pixels = decode_kl(*kl, z).to(at::kFloat).add(1).div(2);
  else
    pixels = decode_taesd(std::get<Taesd>(autoencoder.net), z).to(at::kFloat);
  return pixels.clamp(0, 1).contiguous();
}

}  // namespace burin::core
