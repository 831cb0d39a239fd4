// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Exponential integrators of the SDE with independent step noise: extended reverse-time SDE (Cui et
// al. 2023) and SEEDS (Gonzalez et al. 2023), eta 1.
#include "diffusion/sampler_families.hpp"

namespace burin::core {
namespace {

// The noise schedule of the extended reverse-time SDE's default solver.
at::Tensor er_noise(const at::Tensor& lambda) { return lambda * (lambda.pow(0.3).exp() + 10); }

at::Tensor h_phi_1(const at::Tensor& h) { return h.expm1(); }
at::Tensor h_phi_2(const at::Tensor& h) { return (h.expm1() - h) / h; }

// A step of SEEDS: every stage is a point on the way from sigma to next, and all stages see one
// path of noise, kept here as a unit-variance process that is damped and topped up from stage to
// stage.
class SeedsStep {
 public:
  SeedsStep(SamplerRun& run, int i)
      : run_(run),
        sigma_(run.level(i)),
        start_(half_log_snr(sigma_)),
        end_(half_log_snr(run.level(i + 1))),
        width_(end_ - start_) {}

  const at::Tensor& width() const { return width_; }
  at::Tensor damped() const { return 2 * width_; }
  at::Tensor level(double share) const { return level_at(start_.lerp(end_, share)); }

  // x carried to a level at `share` of the step, before the prediction is added.
  at::Tensor carried(const at::Tensor& x, const at::Tensor& level, double share) const {
    return level / sigma_ * (-share * width_).exp() * x;
  }
  at::Tensor first_noise(double share) {
    noise_ = (-2 * share * width_).expm1().neg().sqrt() * run_.noise();
    return noise_;
  }
  at::Tensor next_noise(double share_before, double share) {
    const at::Tensor damping = (share_before - share) * width_;
    noise_ = noise_ * damping.exp() + (2 * damping).expm1().neg().sqrt() * run_.noise();
    return noise_;
  }

 private:
  SamplerRun& run_;
  at::Tensor sigma_, start_, end_, width_, noise_;
};

}  // namespace

SamplerOutput sample_seeds_2(SamplerRun& run) {
  constexpr double ratio = 0.5;
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor denoised = run.denoise(x, run.level(i));
    if (run.ends_at_zero(i)) {
      x = denoised;
    } else {
      SeedsStep step(run, i);
      const at::Tensor middle = step.level(ratio), next = run.level(i + 1);
      const at::Tensor halfway = step.carried(x, middle, ratio) -
                                 signal_scale(middle) * h_phi_1(-ratio * step.damped()) * denoised +
                                 step.first_noise(ratio) * middle;
      x = step.carried(x, next, 1) -
          signal_scale(next) * h_phi_1(-step.damped()) * run.denoise(halfway, middle) +
          step.next_noise(ratio, 1) * next;
    }
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_seeds_3(SamplerRun& run) {
  constexpr double first_share = 1.0 / 3, second_share = 2.0 / 3;
  at::Tensor x = run.start();
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor denoised = run.denoise(x, run.level(i));
    if (run.ends_at_zero(i)) {
      x = denoised;
    } else {
      SeedsStep step(run, i);
      const at::Tensor damped = step.damped();
      const at::Tensor first = step.level(first_share), second = step.level(second_share);
      const at::Tensor& next = run.level(i + 1);

      const at::Tensor x_first = step.carried(x, first, first_share) -
                                 signal_scale(first) * h_phi_1(-first_share * damped) * denoised +
                                 step.first_noise(first_share) * first;
      const at::Tensor denoised_first = run.denoise(x_first, first);

      const at::Tensor a32 = second_share / first_share * h_phi_2(-second_share * damped);
      const at::Tensor a31 = h_phi_1(-second_share * damped) - a32;
      const at::Tensor x_second = step.carried(x, second, second_share) -
                                  signal_scale(second) * (a31 * denoised + a32 * denoised_first) +
                                  step.next_noise(first_share, second_share) * second;
      const at::Tensor denoised_second = run.denoise(x_second, second);

      const at::Tensor b3 = h_phi_2(-damped) / second_share;
      const at::Tensor b1 = h_phi_1(-damped) - b3;
      x = step.carried(x, next, 1) - signal_scale(next) * (b1 * denoised + b3 * denoised_second) +
          step.next_noise(second_share, 1) * next;
    }
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

// Three stages: the first and second differences of the prediction enter with integrals of the
// noise schedule, summed at 200 points.
SamplerOutput sample_er_sde(SamplerRun& run) {
  constexpr int points = 200;
  const at::Tensor point = at::arange(points, at::kFloat);
  at::Tensor x = run.start(), previous, previous_slope;
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor &sigma = run.level(i), &next = run.level(i + 1);
    const at::Tensor denoised = run.denoise(x, sigma);
    if (run.ends_at_zero(i)) {
      x = denoised;
    } else {
      const at::Tensor from = level_at(half_log_snr(sigma)), to = level_at(half_log_snr(next));
      const at::Tensor scale = next / to, ratio = er_noise(to) / er_noise(from);
      x = scale / (sigma / from) * ratio * x + scale * (1 - ratio) * denoised;
      if (i >= 1) {
        const at::Tensor width = to - from, stride = -width / points;
        const at::Tensor position = to + point * stride;
        const at::Tensor noise = er_noise(position);
        const at::Tensor before = level_at(half_log_snr(run.level(i - 1)));
        const at::Tensor slope = (denoised - previous) / (from - before);
        const at::Tensor first = (1 / noise).sum() * stride;
        x = x + scale * (width + first * er_noise(to)) * slope;
        if (i >= 2) {
          const at::Tensor earlier = level_at(half_log_snr(run.level(i - 2)));
          const at::Tensor curvature = (slope - previous_slope) / ((from - earlier) / 2);
          const at::Tensor second = ((position - from) / noise).sum() * stride;
          x = x + scale * (width.pow(2) / 2 + second * er_noise(to)) * curvature;
        }
        previous_slope = slope;
      }
      const at::Tensor deviation = (to.pow(2) - from.pow(2) * ratio.pow(2)).sqrt().nan_to_num(0.0);
      x = x + scale * run.noise() * deviation;
    }
    previous = denoised;
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

}  // namespace burin::core
