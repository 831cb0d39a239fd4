// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The noise levels of Stable Diffusion and what a network's output means at each.
#pragma once

#include <ATen/core/Tensor.h>

#include "weights/model.hpp"

namespace burin::core {

// The levels a network was trained on, ascending: 1000 of them, 50 for distilled (lcm) networks.
// Every sigma is in units of the latent's model space; every tensor is float32 on the CPU.
struct NoiseLevels {
  at::Tensor sigmas, log_sigmas;  // [1000 or 50]
  double min = 0, max = 0;        // the first and last of sigmas
  int stride = 1;                 // timesteps from one level to the next: 20 for distilled networks
  bool continuous = false;        // a timestep is a quarter of the logarithm of its level

  // The timestep of the level nearest in log sigma, the first of equals: int64. Of continuous
  // levels float32. sigma: float32 of any shape, above 0. Returns that shape.
  at::Tensor timestep(const at::Tensor& sigma) const;
  // Interpolated in log sigma. t: of any shape; discrete ones are clamped to the first and last
  // level's. Returns float32 of that shape.
  at::Tensor sigma(const at::Tensor& t) const;
  // The level at a share of the denoising done: 0 or less gives 999999999.9 (above any level), 1 or
  // more gives 0.
  double percent_to_sigma(double percent) const;
};

// Betas scaled-linear from 0.00085 to 0.012 in float64, then float32 (Rombach et al. 2022): from
// 0.0292 to 14.61.
NoiseLevels stable_diffusion_levels();

// The levels of a family. lcm: every 20th level counted from the last (Luo et al. 2023). A zero
// terminal SNR (Lin et al. 2024) stretches discrete levels to 4518.8 at the end. With sigma_max
// above 0 the levels lie evenly in log sigma between sigma_min and it (Karras et al. 2022).
// Error{BURIN_E_INVALID}: sigma_max that is not above sigma_min or not finite, or sigma_min not
// above 0.
NoiseLevels noise_levels(const ModelFamily& family);

// x / sqrt(sigma^2 + sigma_data^2). x [N, C, h, w] float32; sigma 0-dim float32.
at::Tensor scale_input(const at::Tensor& x, const at::Tensor& sigma, double sigma_data = 1);

// What the network predicts of the clean latent, float32 [N, C, h, w]. d: sigma_data.
// eps: x - sigma out.
// v (Salimans and Ho 2022): x d^2/(s^2+d^2) - out s d/sqrt(s^2+d^2); edm: the same with +.
// x0: out.
// lcm (Luo et al. 2023): of eps' answer y, c_out y + c_skip x, with T ten times the timestep:
// c_skip = 0.25/(T^2+0.25), c_out = T/sqrt(T^2+0.25).
// residual (Karras et al. 2022 preconditioning about the crop's own latent c, of residual std r):
// c + r^2/(s^2+r^2) (x - c) + s r/sqrt(s^2+r^2) out.
// Error{BURIN_E_INVALID}: residual without a crop latent of x's shape, or with r not above 0.
at::Tensor denoised_from_output(const ModelFamily& family, const NoiseLevels& levels,
                                const at::Tensor& x, const at::Tensor& sigma,
                                const at::Tensor& output, const at::Tensor& crop_latent);

// The latent a sampler starts from: latent + noise sigma. But for residual, when the first level
// reaches the model's maximum (to a relative 1e-5, or above), sqrt(1 + sigma^2) replaces sigma.
// impact behaviour: the first level of ddim_uniform does not reach it.
at::Tensor add_noise(const NoiseLevels& levels, Prediction prediction, const at::Tensor& latent,
                     const at::Tensor& noise, const at::Tensor& first_sigma);

}  // namespace burin::core
