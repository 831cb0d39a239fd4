// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// DPM-Solver++ (Lu et al. 2022) in half log SNR, and the refined exponential solver (Zhang et al.
// 2023) built on the same step.
#include "diffusion/sampler_families.hpp"

namespace burin::core {
namespace {

// The exact solution from t to t_next (half log SNR) for a constant prediction. A t_next of
// infinity gives the prediction itself.
at::Tensor exponential_step(const at::Tensor& x, const at::Tensor& denoised, const at::Tensor& t,
                            const at::Tensor& t_next) {
  const at::Tensor width = t_next - t;
  return level_at(t_next) / level_at(t) * x - width.neg().expm1() * denoised;
}

at::Tensor phi_1(const at::Tensor& t) { return t.expm1() / t; }
at::Tensor phi_2(const at::Tensor& t) { return (phi_1(t) - 1) / t; }

enum class Direction { guided, unconditional };

// With the unconditional direction (CFG++) the guided prediction only moves where a step starts.
SamplerOutput res_multistep(SamplerRun& run, bool ancestral, Direction direction) {
  const bool plus_plus = direction == Direction::unconditional;
  at::Tensor x = run.start(), previous_followed, previous_down;
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor &sigma = run.level(i), &next = run.level(i + 1);
    const Denoised both = plus_plus ? run.denoise_both(x, sigma) : Denoised(run.denoise(x, sigma));
    const at::Tensor& denoised = both.guided;
    const at::Tensor& followed = plus_plus ? both.unconditional : denoised;
    const AncestralStep step = ancestral ? ancestral_step(sigma, next) : plain_step(next);
    if (step.reaches_zero() || !previous_followed.defined()) {
      x = plus_plus ? denoised + flow_direction(x, sigma, followed) * step.down
                    : x + flow_direction(x, sigma, denoised) * (step.down - sigma);
    } else {
      const at::Tensor t = half_log_snr(sigma), reached = half_log_snr(previous_down);
      const at::Tensor before = half_log_snr(run.level(i - 1));
      const at::Tensor width = half_log_snr(step.down) - t;
      const at::Tensor node = (before - reached) / width;
      const at::Tensor first = phi_1(width.neg()), second = phi_2(width.neg());
      const at::Tensor weight = (first - second / node).nan_to_num(0.0);
      const at::Tensor previous_weight = (second / node).nan_to_num(0.0);
      if (plus_plus) x = x + (denoised - followed);
      x = width.neg().exp() * x + width * (weight * followed + previous_weight * previous_followed);
    }
    if (ancestral && !run.ends_at_zero(i)) x = x + run.noise() * step.up;
    previous_followed = followed;
    previous_down = step.down;
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

}  // namespace

SamplerOutput sample_dpmpp_2m(SamplerRun& run) {
  at::Tensor x = run.start(), previous;
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor denoised = run.denoise(x, run.level(i));
    const at::Tensor t = half_log_snr(run.level(i)), t_next = half_log_snr(run.level(i + 1));
    at::Tensor extrapolated = denoised;
    if (previous.defined() && !run.ends_at_zero(i)) {
      const at::Tensor ratio = (t - half_log_snr(run.level(i - 1))) / (t_next - t);
      const at::Tensor weight = 1 / (2 * ratio);
      extrapolated = (1 + weight) * denoised - weight * previous;
    }
    x = exponential_step(x, extrapolated, t, t_next);
    previous = denoised;
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_dpmpp_2s_ancestral(SamplerRun& run) {
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor &sigma = run.level(i), &next = run.level(i + 1);
    const at::Tensor denoised = run.denoise(x, sigma);
    const AncestralStep step = ancestral_step(sigma, next);
    if (step.reaches_zero()) {
      x = x + flow_direction(x, sigma, denoised) * (step.down - sigma);
    } else {
      const at::Tensor t = half_log_snr(sigma), t_next = half_log_snr(step.down);
      const at::Tensor middle = t + 0.5 * (t_next - t);
      const at::Tensor halfway = exponential_step(x, denoised, t, middle);
      x = exponential_step(x, run.denoise(halfway, level_at(middle)), t, t_next);
    }
    if (!run.ends_at_zero(i)) x = x + run.noise() * step.up;
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

// With a plain step the reference also draws noise, of deviation 0: the result is the same.
SamplerOutput sample_res_multistep(SamplerRun& run) {
  return res_multistep(run, false, Direction::guided);
}
SamplerOutput sample_res_multistep_ancestral(SamplerRun& run) {
  return res_multistep(run, true, Direction::guided);
}
SamplerOutput sample_res_multistep_cfg_pp(SamplerRun& run) {
  return res_multistep(run, false, Direction::unconditional);
}
SamplerOutput sample_res_multistep_ancestral_cfg_pp(SamplerRun& run) {
  return res_multistep(run, true, Direction::unconditional);
}

}  // namespace burin::core
