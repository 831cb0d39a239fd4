// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Samplers: from noise to latent, calling a denoiser at each level.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "diffusion/noise.hpp"

namespace burin::core {

// A prediction of the clean latent, float32 [N, C, h, w]. It stands for its guided tensor where one
// is expected.
struct Denoised {
  at::Tensor guided;         // after guidance and masking
  at::Tensor unconditional;  // without guidance and mask; undefined: the denoiser has none
  Denoised(at::Tensor with_guidance, at::Tensor without_guidance = {})
      : guided(std::move(with_guidance)), unconditional(std::move(without_guidance)) {}
  operator const at::Tensor&() const { return guided; }
};

// x float32 [N, C, h, w], sigma float32 0-dim on the CPU. Returns tensors of x's shape and device.
using Denoiser = std::function<Denoised(const at::Tensor& x, const at::Tensor& sigma)>;

// Which release of the reference a sampler follows where they differ; see docs/adr/0004.
// lms, ipndm and ipndm_v: october_2024 takes the last step to 0 with all past directions,
// late_2025 ends on the prediction. The last prediction is the same.
enum class Release { october_2024, late_2025 };

struct NoiseLevels;

struct SamplerInput {
  Denoiser model;
  const NoiseLevels* levels = nullptr;  // the model's, borrowed; null: Stable Diffusion's
  at::Tensor x;                         // the noised latent [N, C, h, w], float32; never written to
  // float32 [steps + 1], CPU, steps >= 1, not rising; never written to. Equal neighbours, which
  // very long schedules have, count as one level.
  at::Tensor sigmas;
  bool upwards = false;              // sigmas rise instead, from above 0: noise is put back
  std::vector<std::uint64_t> seeds;  // of the items' step noise, one for each of the N
  // Instead of seeds for StepNoise alone, one for each item; empty: seeds.
  std::vector<std::uint64_t> step_noise_seeds;
  Release release = Release::late_2025;  // october_2024: step noise starts after_initial_noise
  double range_min = 0, range_max = 0;   // of Brownian noise; both 0: that of sigmas
  // Before after_step, with the step's prediction [N, C, h, w]; may be empty.
  std::function<void(const at::Tensor& denoised)> on_prediction;
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
// stochastic ones; dpm_fast and dpm_adaptive: eta 0, and the last positive level is where they
// end). dpm_adaptive chooses its own steps by the error of the whole batch: its items depend on
// each other, and after_step counts the share of the way. Scalar arithmetic of levels is float32,
// as the reference's. Stochastic samplers draw from StepNoise; dpmpp_sde, dpmpp_2m_sde and
// dpmpp_3m_sde from BrownianNoise over the given range, dpmpp_2m_sde_heun from BrownianNoise over
// that of sigmas. Errors: Error{BURIN_E_UNSUPPORTED} for another name; Error{BURIN_E_INVALID} for
// an x or sigmas of another shape or type, fewer than two different levels, a level that is
// negative or not finite, a 0 before the end, levels that rise, a number of seeds that is not N, or
// a name for which needs_unconditional holds with a model that gives no unconditional prediction.
SamplerOutput run_sampler(const std::string& name, const SamplerInput& input);

// True for the samplers of CFG++ (Chung et al. 2024), which follow the unconditional prediction:
// the model must give it, also at a cfg of 1.
bool needs_unconditional(const std::string& name);

// True where the noise at masked positions is redrawn from seed + 1 (ddim).
bool redraws_inpaint_noise(const std::string& name);

// The levels as the sampler leaves them: uni_pc and uni_pc_bh2 put 0.001 in place of a final 0,
// every other sampler keeps `sigmas`. For traces that are compared with the reference's.
at::Tensor sampled_levels(const std::string& name, const at::Tensor& sigmas);

}  // namespace burin::core
