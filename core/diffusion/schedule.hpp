// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Schedulers: lists of noise levels, the last one 0.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "diffusion/model_sampling.hpp"

namespace burin::core {

// Every name make_schedule takes, in the order of the reference's menu: simple, sgm_uniform,
// karras, exponential, ddim_uniform, beta, normal, linear_quadratic, kl_optimal, "AYS SD1",
// "AYS SDXL", "AYS SVD", "GITS[coeff=1.2]".
std::vector<std::string> scheduler_list();

// The levels of so many steps, descending to a last 0: float32 [n], CPU. n is steps + 1, but for
// ddim_uniform (often more) and for beta from 139 steps on (fewer: equal levels are merged).
// impact behaviour: with the samplers dpm_2, dpm_2_ancestral, uni_pc and uni_pc_bh2 one step more
// is computed and the second-to-last level dropped. Error{BURIN_E_UNSUPPORTED}: an unknown
// scheduler. Error{BURIN_E_INVALID}: steps outside 1..1000000, or kl_optimal with a single level.
at::Tensor make_schedule(const NoiseLevels& levels, const std::string& scheduler,
                         const std::string& sampler, int steps);

// A scheduler: the levels of so many steps as make_schedule gives them, whatever the sampler.
using Scheduler = std::function<at::Tensor(const NoiseLevels& levels, int steps)>;
// The one of that name. Error{BURIN_E_UNSUPPORTED}: none has it.
Scheduler scheduler_of(const std::string& name);

// What one detailer run samples.
struct RunSchedule {
  at::Tensor sigmas;  // float32, CPU; empty: nothing to do, the latent stays as it is
  // The smallest and largest positive level of the whole schedule: the range of Brownian noise.
  double range_min = 0, range_max = 0;
};

// The part of a run with a refiner that one model does. Entry M is where they change: A - steps +
// floor(steps (1 - refiner_ratio)).
enum class Pass {
  whole,           // no refiner
  before_refiner,  // to entry M, the noise left in
  refiner,         // from entry M to entry A + 1, the end forced to 0
};

// The schedule of A = floor(steps / denoise) steps, from entry A - steps to entry A, the end forced
// to 0; or a pass of it. impact behaviour: a longer schedule is cut after entry A, a shorter one
// (beta) gives fewer steps than asked, and the forced zero does not count for the range. Errors as
// make_schedule (for A); Error{BURIN_E_INVALID}: denoise outside 0 < denoise <= 1, a refiner_ratio
// outside 0..1.
RunSchedule detailer_schedule(const NoiseLevels& levels, const Scheduler& scheduler,
                              const std::string& sampler, int steps, double denoise,
                              Pass pass = Pass::whole, double refiner_ratio = 0);
// With the built-in scheduler of this name.
RunSchedule detailer_schedule(const NoiseLevels& levels, const std::string& scheduler,
                              const std::string& sampler, int steps, double denoise,
                              Pass pass = Pass::whole, double refiner_ratio = 0);

// Levels to run upwards: the schedule of `steps` steps from its end on, each a ten-thousandth
// higher, without the last `left_out` of the noisy end (at most steps - 1). float32 [2 or more].
// Errors as make_schedule.
at::Tensor upward_schedule(const NoiseLevels& levels, const std::string& scheduler,
                           const std::string& sampler, int steps, int left_out);

// The levels a user gave, as one run: float32, the range that of the positive ones.
// Error{BURIN_E_INVALID}: fewer than two levels. The sampler refuses levels that it cannot take.
RunSchedule given_schedule(const std::vector<double>& sigmas);

}  // namespace burin::core
