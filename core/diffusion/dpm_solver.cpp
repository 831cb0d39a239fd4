// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// DPM-Solver (Lu et al. 2022), with steps given by the number of evaluations (dpm_fast) or chosen
// by an estimate of the error (dpm_adaptive). Both end at the last positive level, never at 0.
#include <algorithm>
#include <cmath>

#include "diffusion/sampler_families.hpp"

namespace burin::core {
namespace {

// The solvers' time is -ln sigma; the network's answer counts as noise, (x - denoised) / sigma.
class Stepper {
 public:
  Stepper(SamplerRun& run, const at::Tensor& x, const at::Tensor& t, const at::Tensor& t_next)
      : run_(run), x_(x), t_(t), t_next_(t_next), width_(t_next - t), noise_(noise_at(x, t)) {}

  at::Tensor denoised() const { return x_ - level_at(t_) * noise_; }

  at::Tensor first_order() const { return x_ - level_at(t_next_) * width_.expm1() * noise_; }

  // `node`: where within the step the second evaluation is, 0..1.
  at::Tensor second_order(double node) {
    const at::Tensor change = noise_at_node(node) - noise_;
    return first_order() - level_at(t_next_) / (2 * node) * width_.expm1() * change;
  }

  // Evaluations at a third and at two thirds of the step.
  at::Tensor third_order() {
    constexpr double near = 1.0 / 3, far = 2.0 / 3;
    const at::Tensor change = noise_at_node(near) - noise_;
    const at::Tensor s = t_ + far * width_, part = far * width_;
    const at::Tensor ahead = x_ - level_at(s) * part.expm1() * noise_ -
                             level_at(s) * (far / near) * (part.expm1() / part - 1) * change;
    const at::Tensor far_change = noise_at(ahead, s) - noise_;
    return first_order() - level_at(t_next_) / far * (width_.expm1() / width_ - 1) * far_change;
  }

 private:
  at::Tensor noise_at(const at::Tensor& x, const at::Tensor& t) const {
    const at::Tensor sigma = level_at(t);
    return flow_direction(x, sigma, run_.denoise(x, sigma));
  }
  // Evaluated once a step: both orders of an adaptive step use the same node.
  const at::Tensor& noise_at_node(double node) {
    if (!node_noise_.defined()) {
      const at::Tensor s = t_ + node * width_;
      node_noise_ = noise_at(x_ - level_at(s) * (node * width_).expm1() * noise_, s);
    }
    return node_noise_;
  }

  SamplerRun& run_;
  at::Tensor x_, t_, t_next_, width_, noise_, node_noise_;
};

struct Ends {
  at::Tensor from, to;
  explicit Ends(const SamplerRun& run)
      : from(half_log_snr(run.level(0))),
        to(half_log_snr(
            run.level(run.ends_at_zero(run.steps() - 1) ? run.steps() - 1 : run.steps()))) {}
};

}  // namespace

// Groups of three evaluations, the last one or two groups of what is left.
SamplerOutput sample_dpm_fast(SamplerRun& run) {
  const Ends ends(run);
  const int evaluations = run.steps(), groups = evaluations / 3 + 1;
  const at::Tensor times =
      at::linspace(ends.from.item<float>(), ends.to.item<float>(), groups + 1, at::kFloat);
  const auto order_of = [&](int group) {
    const int rest = evaluations % 3;
    if (rest == 0) return group < groups - 2 ? 3 : groups - group;
    return group < groups - 1 ? 3 : rest;
  };
  at::Tensor x = run.start();
  int done = 0;
  for (int group = 0; group < groups; ++group) {
    const int order = order_of(group);
    Stepper step(run, x, times[group], times[group + 1]);
    x = order == 1 ? step.first_order() : order == 2 ? step.second_order(0.5) : step.third_order();
    run.finish_steps(done, done + order, step.denoised());
    done += order;
  }
  return run.result(x);
}

// Steps of third order beside one of second order. The step grows or shrinks with the cube root of
// the error's inverse, at most by the arc tangent's range, and is taken again where it would shrink
// below 0.81 (k-diffusion's controller with its integral part alone). Where predictions stop being
// finite there is no next step: the run ends with them. A run that has nowhere to go, from its only
// positive level to 0, leaves x and gives the prediction there.
SamplerOutput sample_dpm_adaptive(SamplerRun& run) {
  constexpr double first_width = 0.05, reached = 1e-5, least_factor = 0.81, tiny = 1e-8;
  constexpr double absolute = 0.0078, relative = 0.05;
  const Ends ends(run);
  const double from = ends.from.item<float>(), to = ends.to.item<float>();
  at::Tensor x = run.start(), previous = x, t = ends.from;
  if (from == to) {
    run.finish_steps(0, run.steps(), run.denoise(x, run.level(0)));
    return run.result(x);
  }
  double width = first_width;
  int reported = 0;
  while (t.item<float>() < static_cast<float>(to - reached)) {
    const at::Tensor t_next = at::minimum(ends.to, t + width);
    Stepper step(run, x, t, t_next);
    const at::Tensor low = step.second_order(1.0 / 3), high = step.third_order();
    const at::Tensor scale =
        (relative * at::maximum(low.abs(), previous.abs())).clamp_min(absolute);
    const double error =
        ((low - high) / scale).norm().item<float>() / std::sqrt(static_cast<double>(x.numel()));
    if (!std::isfinite(error)) {
      run.finish_steps(reported, run.steps(), step.denoised());
      return run.result(high);
    }
    const double factor = 1 + std::atan(std::cbrt(1 / (error + tiny)) - 1);
    if (factor >= least_factor) {
      previous = low;
      x = high;
      t = t_next;
    }
    width *= factor;
    const double share = (t.item<float>() - from) / (to - from);
    const int due = std::min(run.steps() - 1, static_cast<int>(share * run.steps()));
    run.finish_steps(reported, due, step.denoised());
    reported = std::max(reported, due);
  }
  run.finish_steps(reported, run.steps(), run.last_denoised());
  return run.result(x);
}

}  // namespace burin::core
