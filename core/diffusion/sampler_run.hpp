// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What every sampler works with: levels, the model, noise, and the scalar algebra of sigma.
#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <vector>

#include "diffusion/sampler.hpp"

namespace burin::core {

// One run of a sampler over checked input. Levels are 0-dim float32 tensors on the CPU, so that
// arithmetic with them rounds to float32 at each operation.
class SamplerRun {
 public:
  explicit SamplerRun(const SamplerInput& input);

  int steps() const { return static_cast<int>(levels_.size()) - 1; }
  const at::Tensor& level(int i) const { return levels_[i]; }
  // True where step i goes to 0.
  bool ends_at_zero(int i) const { return level_value(i + 1) == 0; }
  float level_value(int i) const { return values_[i]; }
  // Of the model; may be null.
  const NoiseLevels* levels() const { return input_.levels; }
  const at::Tensor& start() const { return input_.x; }

  at::Tensor denoise(const at::Tensor& x, const at::Tensor& sigma) const {
    return input_.model(x, sigma).guided;
  }
  // The same with the unconditional prediction, which must be there.
  Denoised denoise_both(const at::Tensor& x, const at::Tensor& sigma) const;
  // True where the last step of a multistep method to 0 ends on the prediction.
  bool ends_on_prediction(int i) const {
    return ends_at_zero(i) && input_.release != Release::october_2024;
  }
  // The next step noise; its generators are made at the first call.
  at::Tensor noise();
  at::Tensor brownian_noise(const at::Tensor& from, const at::Tensor& to);
  // Brownian noise over the range of this run's levels, whatever range was given.
  void use_own_noise_range() { own_noise_range_ = true; }

  // Ends step i, whose prediction is `denoised`.
  void finish_step(int i, const at::Tensor& denoised);
  // Ends steps i to `end` - 1 with one prediction; where there are none, it is only kept.
  void finish_steps(int i, int end, const at::Tensor& denoised);
  // Of the steps finished so far.
  const at::Tensor& last_denoised() const { return last_denoised_; }
  SamplerOutput result(const at::Tensor& x) const { return {x, last_denoised_}; }

 private:
  const SamplerInput& input_;
  std::vector<at::Tensor> levels_;
  std::vector<float> values_;
  at::Tensor last_denoised_;
  bool own_noise_range_ = false;
  std::optional<StepNoise> step_noise_;
  std::optional<BrownianNoise> brownian_noise_;
};

// The derivative dx/dsigma of the probability flow (Karras et al. 2022).
inline at::Tensor flow_direction(const at::Tensor& x, const at::Tensor& sigma,
                                 const at::Tensor& denoised) {
  return (x - denoised) / sigma;
}

// Half the log signal-to-noise ratio, -ln sigma, and its inverse.
inline at::Tensor half_log_snr(const at::Tensor& sigma) { return sigma.log().neg(); }
inline at::Tensor level_at(const at::Tensor& half_log_snr) { return half_log_snr.neg().exp(); }

// The scale of the signal at a level: 1 up to float32 rounding, which the reference keeps.
inline at::Tensor signal_scale(const at::Tensor& sigma) {
  return sigma * half_log_snr(sigma).exp();
}

// The middle of two levels in log sigma.
inline at::Tensor log_middle(const at::Tensor& from, const at::Tensor& to) {
  return from.log().lerp(to.log(), 0.5).exp();
}

// An ancestral step from one level to another: how far to go without noise, and the deviation of
// the noise that then makes up the rest, for eta 1.
struct AncestralStep {
  at::Tensor down, up;
  bool reaches_zero() const { return down.item<float>() == 0; }
};
AncestralStep ancestral_step(const at::Tensor& from, const at::Tensor& to);

// The same with eta 0: all the way, no noise.
inline AncestralStep plain_step(const at::Tensor& to) { return {to, at::zeros({}, at::kFloat)}; }

}  // namespace burin::core
