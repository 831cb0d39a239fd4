// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Samplers that follow one to three flow directions within a step (Karras et al. 2022), DDPM
// (Ho et al. 2020), and consistency sampling (Luo et al. 2023).
#include "diffusion/sampler_families.hpp"

namespace burin::core {

SamplerOutput sample_euler(SamplerRun& run) {
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor& sigma = run.level(i);
    const at::Tensor denoised = run.denoise(x, sigma);
    x = x + flow_direction(x, sigma, denoised) * (run.level(i + 1) - sigma);
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_euler_ancestral(SamplerRun& run) {
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor& sigma = run.level(i);
    const at::Tensor denoised = run.denoise(x, sigma);
    const AncestralStep step = ancestral_step(sigma, run.level(i + 1));
    if (step.reaches_zero())
      x = denoised;
    else
      x = x + flow_direction(x, sigma, denoised) * (step.down - sigma) + run.noise() * step.up;
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_heun(SamplerRun& run) {
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor &sigma = run.level(i), &next = run.level(i + 1);
    const at::Tensor denoised = run.denoise(x, sigma);
    at::Tensor direction = flow_direction(x, sigma, denoised);
    if (!run.ends_at_zero(i)) {
      const at::Tensor ahead = x + direction * (next - sigma);
      direction = (direction + flow_direction(ahead, next, run.denoise(ahead, next))) / 2;
    }
    x = x + direction * (next - sigma);
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

// Heun's method with weights by level, looking up to two levels ahead. impact behaviour: the looks
// ahead stop at the value of the last level, whether or not it is 0.
SamplerOutput sample_heunpp2(SamplerRun& run) {
  at::Tensor x = run.start();
  const float last = run.level_value(run.steps());
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor &sigma = run.level(i), &next = run.level(i + 1);
    const at::Tensor denoised = run.denoise(x, sigma);
    const at::Tensor first = flow_direction(x, sigma, denoised);
    at::Tensor direction = first;
    if (run.level_value(i + 1) != last) {
      const at::Tensor ahead = x + first * (next - sigma);
      const at::Tensor second = flow_direction(ahead, next, run.denoise(ahead, next));
      if (run.level_value(i + 2) == last) {
        const at::Tensor second_weight = next / (2 * run.level(0));
        direction = first * (1 - second_weight) + second * second_weight;
      } else {
        const at::Tensor& beyond = run.level(i + 2);
        const at::Tensor further = ahead + second * (beyond - next);
        const at::Tensor third = flow_direction(further, beyond, run.denoise(further, beyond));
        const at::Tensor total = 3 * run.level(0);
        const at::Tensor second_weight = next / total, third_weight = beyond / total;
        direction = (1 - second_weight - third_weight) * first + second_weight * second +
                    third_weight * third;
      }
    }
    x = x + direction * (next - sigma);
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_dpm_2(SamplerRun& run) {
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor &sigma = run.level(i), &next = run.level(i + 1);
    const at::Tensor denoised = run.denoise(x, sigma);
    at::Tensor direction = flow_direction(x, sigma, denoised);
    if (!run.ends_at_zero(i)) {
      const at::Tensor middle = log_middle(sigma, next);
      const at::Tensor halfway = x + direction * (middle - sigma);
      direction = flow_direction(halfway, middle, run.denoise(halfway, middle));
    }
    x = x + direction * (next - sigma);
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_dpm_2_ancestral(SamplerRun& run) {
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor& sigma = run.level(i);
    const at::Tensor denoised = run.denoise(x, sigma);
    const AncestralStep step = ancestral_step(sigma, run.level(i + 1));
    const at::Tensor direction = flow_direction(x, sigma, denoised);
    if (step.reaches_zero()) {
      x = x + direction * (step.down - sigma);
    } else {
      const at::Tensor middle = log_middle(sigma, step.down);
      const at::Tensor halfway = x + direction * (middle - sigma);
      const at::Tensor second = flow_direction(halfway, middle, run.denoise(halfway, middle));
      x = x + second * (step.down - sigma) + run.noise() * step.up;
    }
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_ddpm(SamplerRun& run) {
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor &sigma = run.level(i), &next = run.level(i + 1);
    const at::Tensor denoised = run.denoise(x, sigma);
    const at::Tensor kept = 1 / (sigma * sigma + 1), kept_next = 1 / (next * next + 1);
    const at::Tensor ratio = kept / kept_next;
    const at::Tensor scaled = x / (sigma.pow(2) + 1).sqrt();
    const at::Tensor predicted_noise = flow_direction(x, sigma, denoised);
    x = (1 / ratio).sqrt() * (scaled - (1 - ratio) * predicted_noise / (1 - kept).sqrt());
    if (!run.ends_at_zero(i)) {
      x = x + ((1 - ratio) * (1 - kept_next) / (1 - kept)).sqrt() * run.noise();
      x = x * (next.pow(2) + 1).sqrt();
    }
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_lcm(SamplerRun& run) {
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor denoised = run.denoise(x, run.level(i));
    x = run.ends_at_zero(i) ? denoised : denoised + run.noise() * run.level(i + 1);
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

// Permenter and Yuan 2024, gamma 2: each step also takes up the change of direction.
SamplerOutput sample_gradient_estimation(SamplerRun& run) {
  constexpr double gamma = 2;
  at::Tensor x = run.start(), previous;
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor& sigma = run.level(i);
    const at::Tensor denoised = run.denoise(x, sigma);
    const at::Tensor direction = flow_direction(x, sigma, denoised);
    const at::Tensor width = run.level(i + 1) - sigma;
    if (run.ends_at_zero(i)) {
      x = denoised;
    } else {
      x = x + direction * width;
      if (previous.defined()) x = x + (gamma - 1) * (direction - previous) * width;
    }
    previous = direction;
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

}  // namespace burin::core
