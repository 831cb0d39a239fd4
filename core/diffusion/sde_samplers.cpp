// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// DPM-Solver++ for the SDE (Lu et al. 2022), its noise from a Brownian tree, eta 1.
#include "diffusion/sampler_families.hpp"

namespace burin::core {
namespace {

constexpr double eta = 1;

// A step between two levels as the solvers of the SDE see it.
struct SdeStep {
  at::Tensor from, to;
  at::Tensor width;   // in half log SNR
  at::Tensor damped;  // the width times eta + 1
  at::Tensor scale;   // of the signal at `to`

  SdeStep(const at::Tensor& sigma, const at::Tensor& next)
      : from(sigma),
        to(next),
        width(half_log_snr(next) - half_log_snr(sigma)),
        damped(width * (eta + 1)),
        scale(signal_scale(next)) {}

  // First order, without noise.
  at::Tensor advance(const at::Tensor& x, const at::Tensor& denoised) const {
    return to / from * (-width * eta).exp() * x + scale * damped.neg().expm1().neg() * denoised;
  }
  at::Tensor noise(SamplerRun& run) const {
    return run.brownian_noise(from, to) * to * (-2 * width * eta).expm1().neg().sqrt();
  }
};

enum class Correction { midpoint, heun };

SamplerOutput dpmpp_2m_sde(SamplerRun& run, Correction correction) {
  at::Tensor x = run.start(), previous, previous_width;
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor denoised = run.denoise(x, run.level(i));
    if (run.ends_at_zero(i)) {
      x = denoised;
    } else {
      const SdeStep step(run.level(i), run.level(i + 1));
      x = step.advance(x, denoised);
      if (previous.defined()) {
        const at::Tensor ratio = previous_width / step.width;
        const at::Tensor gain = step.damped.neg().expm1().neg();
        const at::Tensor weight = correction == Correction::midpoint
                                      ? 0.5 * step.scale * gain
                                      : step.scale * (gain / step.damped.neg() + 1);
        x = x + weight * (1 / ratio) * (denoised - previous);
      }
      x = x + step.noise(run);
      previous_width = step.width;
    }
    previous = denoised;
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

}  // namespace

SamplerOutput sample_dpmpp_2m_sde(SamplerRun& run) {
  return dpmpp_2m_sde(run, Correction::midpoint);
}

// impact behaviour: alone of the SDE samplers it takes its noise from the range of its own levels.
SamplerOutput sample_dpmpp_2m_sde_heun(SamplerRun& run) {
  run.use_own_noise_range();
  return dpmpp_2m_sde(run, Correction::heun);
}

SamplerOutput sample_dpmpp_3m_sde(SamplerRun& run) {
  at::Tensor x = run.start(), previous, before_previous, previous_width, before_previous_width;
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor denoised = run.denoise(x, run.level(i));
    if (run.ends_at_zero(i)) {
      x = denoised;
    } else {
      const SdeStep step(run.level(i), run.level(i + 1));
      x = step.advance(x, denoised);
      const at::Tensor phi_2 = step.damped.neg().expm1() / step.damped + 1;
      if (before_previous.defined()) {
        const at::Tensor near = previous_width / step.width;
        const at::Tensor far = before_previous_width / step.width;
        const at::Tensor change = (denoised - previous) / near;
        const at::Tensor earlier_change = (previous - before_previous) / far;
        const at::Tensor slope = change + (change - earlier_change) * near / (near + far);
        const at::Tensor curvature = (change - earlier_change) / (near + far);
        const at::Tensor phi_3 = phi_2 / step.damped - 0.5;
        x = x + step.scale * phi_2 * slope - step.scale * phi_3 * curvature;
      } else if (previous.defined()) {
        const at::Tensor change = (denoised - previous) / (previous_width / step.width);
        x = x + step.scale * phi_2 * change;
      }
      x = x + step.noise(run);
      before_previous_width = previous_width;
      previous_width = step.width;
    }
    before_previous = previous;
    previous = denoised;
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

// Two evaluations a step, the second at the middle in half log SNR.
SamplerOutput sample_dpmpp_sde(SamplerRun& run) {
  constexpr double ratio = 0.5;
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor &sigma = run.level(i), &next = run.level(i + 1);
    const at::Tensor denoised = run.denoise(x, sigma);
    if (run.ends_at_zero(i)) {
      x = denoised;
    } else {
      const at::Tensor from = half_log_snr(sigma), to = half_log_snr(next);
      const at::Tensor through = from + ratio * (to - from), middle = level_at(through);
      const auto advance = [&](const at::Tensor& prediction, const at::Tensor& target,
                               const at::Tensor& level) {
        const AncestralStep step = ancestral_step(level_at(from), level_at(target));
        const at::Tensor width = half_log_snr(step.down) - from;
        const at::Tensor scale = signal_scale(level);
        return scale / signal_scale(sigma) * width.neg().exp() * x -
               scale * width.neg().expm1() * prediction +
               scale * run.brownian_noise(sigma, level) * step.up;
      };
      const at::Tensor halfway = advance(denoised, through, middle);
      x = advance(run.denoise(halfway, middle), to, next);
    }
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

}  // namespace burin::core
