// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// CFG++ (Chung et al. 2024): the guided prediction is renoised along the direction of the
// unconditional one. res_multistep's forms are beside their plain ones.
#include "diffusion/sampler_families.hpp"

namespace burin::core {

SamplerOutput sample_euler_cfg_pp(SamplerRun& run) {
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const Denoised denoised = run.denoise_both(x, run.level(i));
    const at::Tensor direction = flow_direction(x, run.level(i), denoised.unconditional);
    x = denoised.guided + direction * run.level(i + 1);
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_euler_ancestral_cfg_pp(SamplerRun& run) {
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor &sigma = run.level(i), &next = run.level(i + 1);
    const Denoised denoised = run.denoise_both(x, sigma);
    const AncestralStep step = ancestral_step(sigma, next);
    x = denoised.guided + flow_direction(x, sigma, denoised.unconditional) * step.down;
    if (!run.ends_at_zero(i)) x = x + run.noise() * step.up;
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_dpmpp_2m_cfg_pp(SamplerRun& run) {
  at::Tensor x = run.start(), previous;
  for (int i = 0; i < run.steps(); ++i) {
    const Denoised denoised = run.denoise_both(x, run.level(i));
    const at::Tensor t = half_log_snr(run.level(i)), width = half_log_snr(run.level(i + 1)) - t;
    const at::Tensor shrink = width.neg().exp();
    at::Tensor mix = -shrink * denoised.unconditional;
    if (previous.defined() && !run.ends_at_zero(i)) {
      const at::Tensor ratio = (t - half_log_snr(run.level(i - 1))) / width;
      mix = mix - width.neg().expm1() * (1 / (2 * ratio)) * (denoised.guided - previous);
    }
    x = denoised.guided + mix + shrink * x;
    previous = denoised.unconditional;
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

// impact behaviour: the whole step is moved by the difference of the second evaluation's
// unconditional prediction, the half step by that of the first.
SamplerOutput sample_dpmpp_2s_ancestral_cfg_pp(SamplerRun& run) {
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor &sigma = run.level(i), &next = run.level(i + 1);
    const Denoised first = run.denoise_both(x, sigma);
    const AncestralStep step = ancestral_step(sigma, next);
    if (step.reaches_zero()) {
      x = first.guided + flow_direction(x, sigma, first.unconditional) * step.down;
    } else {
      const at::Tensor t = half_log_snr(sigma), t_next = half_log_snr(step.down);
      const at::Tensor width = t_next - t, middle = t + 0.5 * width;
      const at::Tensor halfway =
          level_at(middle) / level_at(t) * (x + (first.guided - first.unconditional)) -
          (-0.5 * width).expm1() * first.guided;
      const Denoised second = run.denoise_both(halfway, level_at(middle));
      x = level_at(t_next) / level_at(t) * (x + (first.guided - second.unconditional)) -
          width.neg().expm1() * second.guided;
    }
    if (!run.ends_at_zero(i)) x = x + run.noise() * step.up;
    run.finish_step(i, first);
  }
  return run.result(x);
}

// Permenter and Yuan 2024, gamma 2, on the unconditional direction.
SamplerOutput sample_gradient_estimation_cfg_pp(SamplerRun& run) {
  constexpr double gamma = 2;
  at::Tensor x = run.start(), previous;
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor &sigma = run.level(i), &next = run.level(i + 1);
    const Denoised denoised = run.denoise_both(x, sigma);
    const at::Tensor direction = flow_direction(x, sigma, denoised.unconditional);
    x = denoised.guided;
    if (!run.ends_at_zero(i)) {
      x = x + direction * next;
      if (previous.defined()) x = x + (gamma - 1) * (direction - previous) * (next - sigma);
    }
    previous = direction;
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

}  // namespace burin::core
