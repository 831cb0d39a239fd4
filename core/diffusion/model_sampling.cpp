// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Noise levels, input scaling and predictions of Stable Diffusion and of the residual family.
#include "diffusion/model_sampling.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "runtime/error.hpp"

namespace burin::core {
namespace {

constexpr double first_beta = 0.00085, last_beta = 0.012;
constexpr std::int64_t level_count = 1000;
constexpr double above_every_level = 999999999.9;

bool reaches(double sigma, double maximum) {
  return sigma > maximum ||
         std::abs(sigma - maximum) <= 1e-5 * std::max(std::abs(sigma), std::abs(maximum));
}

}  // namespace

NoiseLevels stable_diffusion_levels() {
  const at::Tensor betas =
      at::linspace(std::sqrt(first_beta), std::sqrt(last_beta), level_count, at::kDouble).pow(2);
  const at::Tensor kept = at::cumprod(1 - betas, 0);
  const at::Tensor sigmas = ((1 - kept) / kept).sqrt();
  NoiseLevels levels{sigmas.to(at::kFloat), sigmas.log().to(at::kFloat)};
  levels.min = levels.sigmas[0].item<float>();
  levels.max = levels.sigmas[level_count - 1].item<float>();
  return levels;
}

at::Tensor NoiseLevels::timestep(const at::Tensor& sigma) const {
  std::vector<std::int64_t> column(sigma.dim() + 1, 1);
  column[0] = log_sigmas.numel();
  const at::Tensor distances = (sigma.log().unsqueeze(0) - log_sigmas.view(column)).abs();
  return distances.argmin(0);
}

at::Tensor NoiseLevels::sigma(const at::Tensor& t) const {
  const at::Tensor position = t.to(at::kFloat).clamp(0, log_sigmas.numel() - 1);
  const at::Tensor low = position.floor().to(at::kLong), high = position.ceil().to(at::kLong);
  const at::Tensor weight = position.frac();
  const at::Tensor below = log_sigmas.take(low), above = log_sigmas.take(high);
  return ((1 - weight) * below + weight * above).exp();
}

double NoiseLevels::percent_to_sigma(double percent) const {
  if (percent <= 0) return above_every_level;
  if (percent >= 1) return 0;
  const double t = (1 - percent) * static_cast<double>(log_sigmas.numel() - 1);
  return sigma(at::scalar_tensor(t, at::kFloat)).item<float>();
}

at::Tensor scale_input(const at::Tensor& x, const at::Tensor& sigma) {
  return x / (sigma.pow(2) + 1).sqrt();
}

at::Tensor denoised_from_output(Prediction prediction, double residual_std, const at::Tensor& x,
                                const at::Tensor& sigma, const at::Tensor& output,
                                const at::Tensor& crop_latent) {
  if (prediction == Prediction::eps) return x - output * sigma;
  if (prediction != Prediction::residual)
    throw Error(
        BURIN_E_UNSUPPORTED,
        "the model's prediction is of a kind that is not sampled yet; expected eps or residual");
  if (!(residual_std > 0))
    throw Error(BURIN_E_INVALID, "a residual prediction came with the residual deviation " +
                                     std::to_string(residual_std) + "; it must be above 0");
  if (!crop_latent.defined() || crop_latent.sizes() != x.sizes())
    throw Error(BURIN_E_INVALID,
                "a residual prediction came without a crop latent of the sampled latent's shape");
  const double variance = residual_std * residual_std;
  const at::Tensor total = sigma.pow(2) + variance;
  return crop_latent + variance / total * (x - crop_latent) +
         sigma * residual_std / total.sqrt() * output;
}

at::Tensor add_noise(const NoiseLevels& levels, Prediction prediction, const at::Tensor& latent,
                     const at::Tensor& noise, const at::Tensor& first_sigma) {
  const bool from_pure_noise =
      prediction == Prediction::eps && reaches(first_sigma.item<float>(), levels.max);
  const at::Tensor scale = from_pure_noise ? (first_sigma.pow(2) + 1).sqrt() : first_sigma;
  return noise * scale + latent;
}

}  // namespace burin::core
