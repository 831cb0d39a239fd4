// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Classifier-free guidance and the noise mask around a network.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "adapters/controls.hpp"
#include "diffusion/model_sampling.hpp"
#include "diffusion/sampler.hpp"
#include "nets/unet.hpp"
#include "weights/model.hpp"

namespace burin::core {

// What one prediction is conditioned on, float32 on the model's device.
struct Conditioning {
  at::Tensor context;  // [N or 1, L, C]
  at::Tensor
      vector;       // [N or 1, D]: label embedding (SDXL's pooled text and sizes); undefined: none
  at::Tensor mask;  // [N or 1, 1, h, w] weight at latent size, 0 or more; undefined: 1 everywhere
  double strength = 1;  // times the mask
  std::shared_ptr<const ControlChain>
      control;  // empty: none; its pictures are those of the N items
};

// What a checkpoint is asked to do. The pointers are borrowed and must outlive the denoiser.
struct GuidedModel {
  const Model* model = nullptr;
  const NoiseLevels* levels = nullptr;
  // Each side's prediction is the mean of its entries' denoised predictions weighted by mask x
  // strength, 0 where no entry has weight. Entries that need the same of the network run in one
  // call, [negative, positive]; contexts of different length are repeated whole to the least common
  // multiple when that is at most 4 times the shorter.
  std::vector<Conditioning> positive, negative;
  double cfg = 1;  // 1 (relative 1e-9): `negative` is not evaluated and may be empty
  // [N, C, h, w] model space, of the residual prediction; undefined for others.
  at::Tensor crop_latent;
  // [N, C', h, w]: channels after the latent, not scaled with it, of every entry; undefined: none.
  at::Tensor concat;
  bool keep_unconditional = false;  // give the prediction without guidance too, at any cfg
};

// A network: x [N, in, h, w] float32 scaled and concatenated, t [N] float32 whole timesteps,
// context [N, L, C], extras for a batch of N. Returns its output float32 [N, out, h, w].
using Network = std::function<at::Tensor(const at::Tensor& x, const at::Tensor& t,
                                         const at::Tensor& context, const UNetExtras& extras)>;

// The denoiser without mask: denoised = uncond + (cond - uncond) cfg on denoised predictions (Ho
// and Salimans 2022). Errors: Error{BURIN_E_INVALID} here for a missing model, levels, context or
// extra input of the family, contexts of another rank or width, a strength below 0, or a cfg that
// is not finite; at a call for anything that does not fit x.
Denoiser guided_denoiser(GuidedModel guided);
// The same around another network than guided.model's UNet; of the model only `family` is read.
Denoiser guided_denoiser(GuidedModel guided, Network network);

// The contexts [1, L_k, C] of a batch's items as one [N, L, C]: each repeated whole to the least
// common multiple of their lengths, which leaves attention over it as it was.
// Error{BURIN_E_INVALID}: none, or contexts of another shape or width.
at::Tensor stacked_contexts(const std::vector<at::Tensor>& contexts);

struct NoiseMask {
  at::Tensor mask;    // [N or 1, 1 or C, h, w] float32 0..1, latent size; undefined: none
  at::Tensor latent;  // [N, C, h, w] model space: what is kept where the mask is 0
  at::Tensor noise;   // [N, C, h, w] raw: that the kept part is noised with at each level
  // A binary mask instead, whose threshold falls with the timestep from 1 at the first level of
  // this run to 0 (Levin and Fried 2023).
  bool differential = false;
  at::Tensor sigmas;  // of this run, float32, CPU; read when differential
};

// x' = x m + (noise sigma + latent)(1 - m); result = denoised m + latent (1 - m), the unconditional
// prediction as it is.
// impact behaviour: with `differential`, m is 1 where mask >= threshold; at a level of timestep 0
// that is everywhere, and where the run's first and last levels share a timestep nowhere.
// Without a mask, `inner` itself. Error{BURIN_E_INVALID}: latent, noise or sigmas missing, or
// shapes that do not fit.
Denoiser masked_denoiser(Denoiser inner, NoiseMask mask, const NoiseLevels& levels);

// A crop-sized mask [h, w] float32 to latent size [1, 1, height, width]: bilinear, half-pixel
// centres, no antialias, no rounding. Error{BURIN_E_INVALID}: another rank or type, or an empty
// size.
at::Tensor mask_to_latent(const at::Tensor& mask, std::int64_t height, std::int64_t width);

// The reference's blur of a noise or paste mask: a Gaussian of sigma 10, kernel 2 k + 1, reflected
// edges, one float32 convolution. Where the shorter side is not above the kernel, the kernel is
// half that side, made odd; below 3 there is no blur. mask [h, w] float32, CPU; k <= 0: as it came.
// Rationale: the sum of the weights is not exactly 1 in float32 and depends on the convolution; a
// differential mask compares with 1 at its first step, so the difference of 1e-7 is one whole step.
// Error{BURIN_E_INVALID}: another rank, type or device.
at::Tensor blur_mask(const at::Tensor& mask, int k);

}  // namespace burin::core
