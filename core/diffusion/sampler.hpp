// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Samplers: from noise to latent, calling a denoiser at each level.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "diffusion/noise.hpp"

namespace burin::core {

// x float32 [N, C, h, w], sigma float32 0-dim on the CPU. Returns the denoised latent after
// guidance and masking, of x's shape and device.
using Denoiser = std::function<at::Tensor(const at::Tensor& x, const at::Tensor& sigma)>;

struct SamplerInput {
  Denoiser model;
  at::Tensor x;  // the noised latent [N, C, h, w], float32; never written to
  // float32 [steps + 1], CPU, steps >= 1, not rising; never written to. Equal neighbours, which
  // very long schedules have, count as one level.
  at::Tensor sigmas;
  std::vector<std::uint64_t> seeds;  // of the items' step noise, one for each of the N
  StepNoiseStart step_noise_start = StepNoiseStart::at_the_seed;
  double range_min = 0, range_max = 0;  // of Brownian noise; both 0: that of sigmas
  // After each step, counted from 1. May throw to cancel; may be empty.
  std::function<void(int step, int steps)> after_step;
};

struct SamplerOutput {
  at::Tensor samples;        // the sampler's final x
  at::Tensor last_denoised;  // the last step's denoised prediction: what the detailer returns
};

// Every name run_sampler takes, in the order of the reference's menu.
std::vector<std::string> sampler_list();

// Runs a sampler with the reference's default parameters (churn 0; eta and noise scale 1 for the
// stochastic ones). Scalar arithmetic of levels is float32, as the reference's.
// Stochastic samplers draw from StepNoise; dpmpp_sde, dpmpp_2m_sde and dpmpp_3m_sde from
// BrownianNoise over the given range, dpmpp_2m_sde_heun from BrownianNoise over that of sigmas.
// Errors: Error{BURIN_E_UNSUPPORTED} for another name; Error{BURIN_E_INVALID} for an x or sigmas
// of another shape or type, fewer than two different levels, a level that is negative or not
// finite, a 0 before the end, levels that rise, or a number of seeds that is not N.
SamplerOutput run_sampler(const std::string& name, const SamplerInput& input);

// True where the noise at masked positions is redrawn from seed + 1 (ddim).
bool redraws_inpaint_noise(const std::string& name);

// The levels as the sampler leaves them: uni_pc and uni_pc_bh2 put 0.001 in place of a final 0,
// every other sampler keeps `sigmas`. For traces that are compared with the reference's.
at::Tensor sampled_levels(const std::string& name, const at::Tensor& sigmas);

}  // namespace burin::core
