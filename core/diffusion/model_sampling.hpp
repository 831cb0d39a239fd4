// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The noise levels of Stable Diffusion and what a network's output means at each.
#pragma once

#include <ATen/core/Tensor.h>

#include "weights/model.hpp"

namespace burin::core {

// The 1000 levels a network was trained on, ascending from 0.0292 to 14.61. Every sigma is in
// units of the latent's model space; every tensor is float32 on the CPU.
struct NoiseLevels {
  at::Tensor sigmas, log_sigmas;  // [1000]
  double min = 0, max = 0;        // the first and last of sigmas

  // The index of the level nearest in log sigma, the first of equals. sigma: float32 of any shape,
  // above 0. Returns int64 of that shape.
  at::Tensor timestep(const at::Tensor& sigma) const;
  // Interpolated in log sigma. t: of any shape, clamped to 0..999. Returns float32 of that shape.
  at::Tensor sigma(const at::Tensor& t) const;
  // The level at a share of the denoising done: 0 or less gives 999999999.9 (above any level), 1 or
  // more gives 0.
  double percent_to_sigma(double percent) const;
};

// Betas scaled-linear from 0.00085 to 0.012 in float64, then float32 (Rombach et al. 2022).
NoiseLevels stable_diffusion_levels();

// x / sqrt(sigma^2 + 1). x [N, C, h, w] float32; sigma 0-dim float32.
at::Tensor scale_input(const at::Tensor& x, const at::Tensor& sigma);

// What the network predicts of the clean latent, float32 [N, C, h, w].
// eps: x - sigma out.
// residual (Karras et al. 2022 preconditioning about the crop's own latent c, of residual std r):
// c + r^2/(s^2+r^2) (x - c) + s r/sqrt(s^2+r^2) out.
// Error{BURIN_E_INVALID}: residual without a crop latent of x's shape, or with r not above 0.
at::Tensor denoised_from_output(Prediction prediction, double residual_std, const at::Tensor& x,
                                const at::Tensor& sigma, const at::Tensor& output,
                                const at::Tensor& crop_latent);

// The latent a sampler starts from: latent + noise sigma. For eps alone, when the first level
// reaches the model's maximum (to a relative 1e-5, or above), sqrt(1 + sigma^2) replaces sigma.
// impact behaviour: the first level of ddim_uniform does not reach it.
at::Tensor add_noise(const NoiseLevels& levels, Prediction prediction, const at::Tensor& latent,
                     const at::Tensor& noise, const at::Tensor& first_sigma);

}  // namespace burin::core
