// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A model cheap enough to know the reference's results for: c = x/(1+s^2) + tanh(x)/4 and
// u = x/(1+s^2) - tanh(x)/10 with guidance 1.5; and the schedule it was run on.
#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "diffusion/noise.hpp"
#include "diffusion/sampler.hpp"
#include "tensor_checks.hpp"

namespace burin::core::testing {

inline Denoised toy_denoised(const at::Tensor& x, const at::Tensor& sigma) {
  const at::Tensor clean = x / (1 + sigma.pow(2));
  const at::Tensor cond = clean + 0.25 * x.tanh(), uncond = clean - 0.10 * x.tanh();
  return {uncond + (cond - uncond) * 1.5, uncond};
}

// Karras levels of 8 steps.
inline at::Tensor toy_sigmas() {
  return tensor_from({14.614643096923828F, 7.9029340744018555F, 4.027738571166992F,
                      1.9103562831878662F, 0.82886803150177F, 0.32111963629722595F,
                      0.10719844698905945F, 0.0291671771556139F, 0});
}

inline SamplerInput toy_input(const at::Tensor& sigmas) {
  const at::Tensor first = sigmas[0];
  SamplerInput input;
  input.model = toy_denoised;
  input.x = initial_noise(42, {4, 8, 8}) * (1 + first.pow(2)).sqrt();
  input.sigmas = sigmas;
  input.seeds = {42};
  return input;
}

}  // namespace burin::core::testing
