// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Latents to small pictures.
#include "detail/preview.hpp"

#include <ATen/ATen.h>

#include "detail/tensor_mat.hpp"

namespace burin::core {
namespace {

at::Tensor rgb_factors(const ModelFamily& family) {
  constexpr double sdxl_scale = 0.13025;
  if (family.latent_channels != 4)
    return at::one_hot(at::zeros({3}, at::kLong), family.latent_channels).t().to(at::kFloat);
  if (family.latent_scale == sdxl_scale)
    return at::tensor({0.3816F, 0.4930F, 0.5320F, -0.3753F, 0.1631F, 0.1739F, 0.1770F, 0.3588F,
                       -0.2048F, -0.4350F, -0.2644F, -0.4289F})
        .view({4, 3});
  return at::tensor({0.298F, 0.207F, 0.208F, 0.187F, 0.286F, 0.173F, -0.158F, 0.189F, 0.264F,
                     -0.184F, -0.271F, -0.473F})
      .view({4, 3});
}

}  // namespace

cv::Mat preview_of(const Model& model, const at::Tensor& latent) {
  if (std::holds_alternative<Taesd>(model.autoencoder.net))
    return to_mat(decode(model.autoencoder, latent / model.family.latent_scale));
  const at::Tensor factors = rgb_factors(model.family).to(latent.device());
  const at::Tensor rgb = at::einsum("nchw,cd->ndhw", {latent, factors});
  return to_mat(((rgb + 1) / 2).clamp(0, 1));
}

}  // namespace burin::core
