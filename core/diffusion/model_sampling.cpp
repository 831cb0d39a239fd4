// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Noise levels, input scaling and predictions of Stable Diffusion, of networks derived from it, and
// of the residual family.
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
constexpr int distilled_stride = 20;
constexpr double log_share = 0.25;  // of log sigma: a continuous timestep
constexpr double above_every_level = 999999999.9;

bool reaches(double sigma, double maximum) {
  return sigma > maximum ||
         std::abs(sigma - maximum) <= 1e-5 * std::max(std::abs(sigma), std::abs(maximum));
}

NoiseLevels with_ends(NoiseLevels levels) {
  levels.min = levels.sigmas[0].item<float>();
  levels.max = levels.sigmas[-1].item<float>();
  return levels;
}

NoiseLevels distilled(const NoiseLevels& all) {
  NoiseLevels levels{all.sigmas.slice(0, distilled_stride - 1, {}, distilled_stride).clone()};
  levels.log_sigmas = levels.sigmas.log();
  levels.stride = distilled_stride;
  return with_ends(levels);
}

// The square roots of the kept signal, moved to end at 0 and stretched to start where they did.
NoiseLevels with_zero_terminal_snr(const NoiseLevels& levels) {
  constexpr double last_kept = 4.8973451890853435e-08;  // instead of 0: the last level is finite
  const at::Tensor kept = (1 / (levels.sigmas.to(at::kDouble).pow(2) + 1)).sqrt();
  const at::Tensor first = kept[0].clone(), last = kept[-1].clone();
  const at::Tensor signal = ((kept - last) * (first / (first - last))).pow(2);
  signal[-1].fill_(last_kept);
  NoiseLevels stretched = levels;
  const at::Tensor sigmas = ((1 - signal) / signal).sqrt();
  stretched.sigmas = sigmas.to(at::kFloat);
  stretched.log_sigmas = sigmas.log().to(at::kFloat);
  return with_ends(stretched);
}

NoiseLevels continuous_levels(double least, double most) {
  if (!(least > 0) || !(most > least) || !std::isfinite(most))
    throw Error(BURIN_E_INVALID, "a model's levels go from " + std::to_string(least) + " to " +
                                     std::to_string(most) +
                                     "; expected finite ones above 0 that rise");
  NoiseLevels levels{at::linspace(std::log(least), std::log(most), level_count, at::kFloat).exp()};
  levels.log_sigmas = levels.sigmas.log();
  levels.continuous = true;
  return with_ends(levels);
}

at::Tensor consistent(const at::Tensor& x, const at::Tensor& denoised, const at::Tensor& timestep) {
  constexpr double variance = 0.25, scaling = 10;
  const at::Tensor scaled = timestep.to(at::kFloat) * scaling;
  const at::Tensor total = scaled.pow(2) + variance;
  return scaled / total.sqrt() * denoised + variance / total * x;
}

at::Tensor denoised_from_residual(double residual_std, const at::Tensor& x, const at::Tensor& sigma,
                                  const at::Tensor& output, const at::Tensor& crop_latent) {
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

}  // namespace

NoiseLevels stable_diffusion_levels() {
  const at::Tensor betas =
      at::linspace(std::sqrt(first_beta), std::sqrt(last_beta), level_count, at::kDouble).pow(2);
  const at::Tensor kept = at::cumprod(1 - betas, 0);
  const at::Tensor sigmas = ((1 - kept) / kept).sqrt();
  return with_ends({sigmas.to(at::kFloat), sigmas.log().to(at::kFloat)});
}

NoiseLevels noise_levels(const ModelFamily& family) {
  if (family.sigma_max > 0 || family.sigma_min > 0)
    return continuous_levels(family.sigma_min, family.sigma_max);
  NoiseLevels levels = stable_diffusion_levels();
  if (family.prediction == Prediction::lcm) levels = distilled(levels);
  return family.zero_terminal_snr ? with_zero_terminal_snr(levels) : levels;
}

at::Tensor NoiseLevels::timestep(const at::Tensor& sigma) const {
  if (continuous) return log_share * sigma.log();
  std::vector<std::int64_t> column(sigma.dim() + 1, 1);
  column[0] = log_sigmas.numel();
  // A level half way between two (LCM's schedules have them) is nearer to one of them in double;
  // in float32 the last bit of a machine's logarithm would choose.
  const at::Tensor exact = sigma.to(at::kDouble).log().unsqueeze(0);
  const at::Tensor distances = (exact - log_sigmas.to(at::kDouble).view(column)).abs();
  return distances.argmin(0) * stride + (stride - 1);
}

at::Tensor NoiseLevels::sigma(const at::Tensor& t) const {
  if (continuous) return (t.to(at::kFloat) / log_share).exp();
  const at::Tensor position =
      ((t.to(at::kFloat) - (stride - 1)) / stride).clamp(0, log_sigmas.numel() - 1);
  const at::Tensor low = position.floor().to(at::kLong), high = position.ceil().to(at::kLong);
  const at::Tensor weight = position.frac();
  const at::Tensor below = log_sigmas.take(low), above = log_sigmas.take(high);
  return ((1 - weight) * below + weight * above).exp();
}

double NoiseLevels::percent_to_sigma(double percent) const {
  if (percent <= 0) return above_every_level;
  if (percent >= 1) return 0;
  if (continuous) {
    const double low = std::log(min);
    return std::exp((std::log(max) - low) * (1 - percent) + low);
  }
  const double t = (1 - percent) * static_cast<double>(level_count - 1);
  return sigma(at::scalar_tensor(t, at::kFloat)).item<float>();
}

at::Tensor scale_input(const at::Tensor& x, const at::Tensor& sigma, double sigma_data) {
  return x / (sigma.pow(2) + sigma_data * sigma_data).sqrt();
}

at::Tensor denoised_from_output(const ModelFamily& family, const NoiseLevels& levels,
                                const at::Tensor& x, const at::Tensor& sigma,
                                const at::Tensor& output, const at::Tensor& crop_latent) {
  const double variance = family.sigma_data * family.sigma_data;
  const at::Tensor total = sigma.pow(2) + variance;
  switch (family.prediction) {
    case Prediction::eps:
      return x - output * sigma;
    case Prediction::v:
      return x * variance / total - output * sigma * family.sigma_data / total.sqrt();
    case Prediction::edm:
      return x * variance / total + output * sigma * family.sigma_data / total.sqrt();
    case Prediction::x0:
      return output;
    case Prediction::lcm:
      return consistent(x, x - output * sigma, levels.timestep(sigma));
    case Prediction::residual:
      break;
  }
  return denoised_from_residual(family.residual_std, x, sigma, output, crop_latent);
}

at::Tensor add_noise(const NoiseLevels& levels, Prediction prediction, const at::Tensor& latent,
                     const at::Tensor& noise, const at::Tensor& first_sigma) {
  const bool from_pure_noise =
      prediction != Prediction::residual && reaches(first_sigma.item<float>(), levels.max);
  const at::Tensor scale = from_pure_noise ? (first_sigma.pow(2) + 1).sqrt() : first_sigma;
  return noise * scale + latent;
}

}  // namespace burin::core
