// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Checks a sampler's input and gives it its model, noise and progress.
#include "diffusion/sampler_run.hpp"

#include <cmath>
#include <string>

#include "runtime/error.hpp"
#include "weights/tensor_text.hpp"

namespace burin::core {
namespace {

void check_input(const SamplerInput& input) {
  if (!input.model) throw Error(BURIN_E_INVALID, "a sampler came without a model; it needs one");
  if (!input.x.defined() || input.x.dim() != 4 || input.x.scalar_type() != at::kFloat)
    throw Error(BURIN_E_INVALID, "a sampler got the latent " + tensor_text(input.x) +
                                     "; expected float32 [N, C, h, w]");
  if (!input.sigmas.defined() || input.sigmas.dim() != 1 || input.sigmas.numel() < 2 ||
      input.sigmas.scalar_type() != at::kFloat || !input.sigmas.is_cpu())
    throw Error(BURIN_E_INVALID, "a sampler got the levels " + tensor_text(input.sigmas) +
                                     "; expected float32 [2 or more] on the CPU");
  if (static_cast<std::int64_t>(input.seeds.size()) != input.x.size(0))
    throw Error(BURIN_E_INVALID, "a sampler got " + std::to_string(input.seeds.size()) +
                                     " seeds for " + std::to_string(input.x.size(0)) +
                                     " items; expected one for each");
  if (!input.step_noise_seeds.empty() && input.step_noise_seeds.size() != input.seeds.size())
    throw Error(BURIN_E_INVALID, "a sampler got " + std::to_string(input.step_noise_seeds.size()) +
                                     " seeds of step noise for " +
                                     std::to_string(input.seeds.size()) +
                                     " items; expected one for each or none");
}

void check_levels(const std::vector<float>& levels, bool upwards) {
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const bool last = i + 1 == levels.size();
    if (!std::isfinite(levels[i]) || levels[i] < 0 || (levels[i] == 0 && !last))
      throw Error(BURIN_E_INVALID, "level " + std::to_string(i) + " of a schedule is " +
                                       std::to_string(levels[i]) +
                                       "; expected finite levels above 0, only the last may be 0");
    if (upwards && levels[i] == 0)
      throw Error(BURIN_E_INVALID, "a schedule that rises has a level of 0; expected none");
    if (i > 0 && (upwards ? levels[i] < levels[i - 1] : levels[i] > levels[i - 1]))
      throw Error(BURIN_E_INVALID, "level " + std::to_string(i) + " of a schedule is " +
                                       std::to_string(levels[i]) + " after " +
                                       std::to_string(levels[i - 1]) + "; levels must not " +
                                       (upwards ? "fall" : "rise"));
  }
}

}  // namespace

SamplerRun::SamplerRun(const SamplerInput& input) : input_(input) {
  check_input(input);
  const std::vector<at::Tensor> levels = input.sigmas.clone().unbind();
  std::vector<float> values;
  for (const at::Tensor& level : levels) values.push_back(level.item<float>());
  check_levels(values, input.upwards);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (i > 0 && values[i] == values[i - 1]) continue;
    levels_.push_back(levels[i]);
    values_.push_back(values[i]);
  }
  if (levels_.size() < 2)
    throw Error(BURIN_E_INVALID, "all levels of a schedule are " + std::to_string(values.front()) +
                                     "; expected at least two different ones");
}

at::Tensor SamplerRun::noise() {
  if (!step_noise_)
    step_noise_.emplace(input_.step_noise_seeds.empty() ? input_.seeds : input_.step_noise_seeds,
                        input_.x.sizes().slice(1), input_.x.device(),
                        input_.release == Release::october_2024
                            ? StepNoiseStart::after_initial_noise
                            : StepNoiseStart::at_the_seed);
  return step_noise_->draw();
}

at::Tensor SamplerRun::brownian_noise(const at::Tensor& from, const at::Tensor& to) {
  if (!brownian_noise_) {
    double low = input_.range_min, high = input_.range_max;
    if (own_noise_range_ || (low == 0 && high == 0)) {
      low = values_.back() > 0 ? values_.back() : values_[values_.size() - 2];
      high = values_.front();
    }
    brownian_noise_.emplace(input_.seeds, input_.x.sizes().slice(1), low, high, input_.x.device());
  }
  return brownian_noise_->draw(from.item<float>(), to.item<float>());
}

Denoised SamplerRun::denoise_both(const at::Tensor& x, const at::Tensor& sigma) const {
  Denoised denoised = input_.model(x, sigma);
  if (!denoised.unconditional.defined())
    throw Error(BURIN_E_INVALID,
                "a cfg_pp sampler got a model without an unconditional prediction; it needs one");
  return denoised;
}

void SamplerRun::finish_step(int i, const at::Tensor& denoised) {
  finish_steps(i, i + 1, denoised);
}

void SamplerRun::finish_steps(int i, int end, const at::Tensor& denoised) {
  last_denoised_ = denoised;
  if (input_.on_prediction) input_.on_prediction(denoised);
  for (; input_.after_step && i < end; ++i) input_.after_step(i + 1, steps());
}

AncestralStep ancestral_step(const at::Tensor& from, const at::Tensor& to) {
  const at::Tensor rest = (to.pow(2) * (from.pow(2) - to.pow(2)) / from.pow(2)).sqrt();
  const at::Tensor up = at::minimum(to, rest);
  return {(to.pow(2) - up.pow(2)).sqrt(), up};
}

}  // namespace burin::core
