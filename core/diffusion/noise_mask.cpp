// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The noise mask: what is redrawn, what is kept, and how masks become latent masks.
#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "diffusion/guidance.hpp"
#include "diffusion/model_sampling.hpp"
#include "runtime/error.hpp"
#include "weights/tensor_text.hpp"

namespace burin::core {
namespace {

constexpr double blur_sigma = 10;

void check_plane(const at::Tensor& mask) {
  if (!mask.defined() || mask.dim() != 2 || mask.scalar_type() != at::kFloat || mask.numel() == 0)
    throw Error(BURIN_E_INVALID, "a mask is " + tensor_text(mask) + "; expected float32 [h, w]");
}

bool fits(const at::Tensor& mask, at::IntArrayRef shape) {
  if (mask.dim() != 4 || mask.scalar_type() != at::kFloat) return false;
  for (int axis = 0; axis < 4; ++axis)
    if (mask.size(axis) != shape[axis] && (axis > 1 || mask.size(axis) != 1)) return false;
  return true;
}

void check(const NoiseMask& mask) {
  if (!mask.latent.defined() || mask.latent.dim() != 4 || !mask.noise.defined() ||
      mask.noise.sizes() != mask.latent.sizes())
    throw Error(BURIN_E_INVALID, "a noise mask came with the latent " + tensor_text(mask.latent) +
                                     " and the noise " + tensor_text(mask.noise) +
                                     "; expected two of one shape [N, C, h, w]");
  if (!fits(mask.mask, mask.latent.sizes()))
    throw Error(BURIN_E_INVALID,
                "a noise mask is " + tensor_text(mask.mask) + " for the latent " +
                    tensor_text(mask.latent) +
                    "; expected float32 of its size, with one or all items and channels");
  if (mask.differential &&
      (!mask.sigmas.defined() || mask.sigmas.dim() != 1 || mask.sigmas.numel() < 2))
    throw Error(BURIN_E_INVALID, "a differential mask came with the levels " +
                                     tensor_text(mask.sigmas) + "; expected two or more");
}

// The threshold of a differential mask at each level of one run.
struct FallingThreshold {
  NoiseLevels levels;
  double first_timestep, last_timestep;

  FallingThreshold(const NoiseLevels& all_levels, const at::Tensor& sigmas) : levels(all_levels) {
    first_timestep = levels.timestep(sigmas[0]).item<double>();
    const at::Tensor last = sigmas[-1].clamp_min(levels.min);
    last_timestep = levels.timestep(last).item<double>();
  }

  // Not a number where the run has no timesteps to fall over: then nothing is above it.
  float at(const at::Tensor& sigma) const {
    const double done = levels.timestep(sigma).item<double>() - last_timestep;
    const double whole = first_timestep - last_timestep;
    if (whole == 0) return std::numeric_limits<float>::quiet_NaN();
    return static_cast<float>(done) / static_cast<float>(whole);
  }
};

at::Tensor gaussian_weights(std::int64_t kernel) {
  const double half = static_cast<double>(kernel - 1) * 0.5;
  const at::Tensor position = at::linspace(-half, half, kernel, at::kFloat);
  const at::Tensor density = (-0.5 * (position / blur_sigma).pow(2)).exp();
  return density / density.sum();
}

}  // namespace

Denoiser masked_denoiser(Denoiser inner, NoiseMask mask, const NoiseLevels& levels) {
  if (!mask.mask.defined()) return inner;
  check(mask);
  std::optional<FallingThreshold> threshold;
  if (mask.differential) threshold.emplace(levels, mask.sigmas);
  return [inner = std::move(inner), mask = std::move(mask), threshold](const at::Tensor& x,
                                                                       const at::Tensor& sigma) {
    const at::Tensor redrawn =
        threshold ? mask.mask.ge(threshold->at(sigma)).to(at::kFloat) : mask.mask;
    const at::Tensor kept = 1 - redrawn;
    const at::Tensor mixed = x * redrawn + (mask.noise * sigma + mask.latent) * kept;
    const Denoised denoised = inner(mixed, sigma);
    return Denoised(denoised.guided * redrawn + mask.latent * kept, denoised.unconditional);
  };
}

at::Tensor mask_to_latent(const at::Tensor& mask, std::int64_t height, std::int64_t width) {
  check_plane(mask);
  if (height < 1 || width < 1)
    throw Error(BURIN_E_INVALID, "a latent mask of " + std::to_string(width) + " x " +
                                     std::to_string(height) + " was asked; expected 1 x 1 or more");
  return at::upsample_bilinear2d(mask.unsqueeze(0).unsqueeze(0), {height, width}, false);
}

at::Tensor blur_mask(const at::Tensor& mask, int k) {
  check_plane(mask);
  if (!mask.is_cpu())
    throw Error(BURIN_E_INVALID,
                "a mask to blur is " + tensor_text(mask) + "; expected it on the CPU");
  if (k <= 0) return mask;
  std::int64_t kernel = 2 * static_cast<std::int64_t>(k) + 1;
  const std::int64_t shortest = std::min(mask.size(0), mask.size(1));
  if (shortest <= kernel) {
    kernel = shortest / 2;
    if (kernel % 2 == 0) ++kernel;
  }
  if (kernel < 3) return mask;
  const at::Tensor weights = gaussian_weights(kernel);
  const at::Tensor plane = at::mm(weights.unsqueeze(1), weights.unsqueeze(0));
  const std::int64_t edge = kernel / 2;
  const at::Tensor padded =
      at::reflection_pad2d(mask.unsqueeze(0).unsqueeze(0), {edge, edge, edge, edge});
  return at::conv2d(padded, plane.unsqueeze(0).unsqueeze(0)).squeeze(0).squeeze(0);
}

}  // namespace burin::core
