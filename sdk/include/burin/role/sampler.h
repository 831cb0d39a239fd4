/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Role sampler: goes from a noised latent to a clean one, asking the host's model at each level. */
#ifndef BURIN_ROLE_SAMPLER_H
#define BURIN_ROLE_SAMPLER_H

#include <dlpack/dlpack.h>

#include "burin/abi.h"
#include "burin/host.h"
#include "burin/status.h"

#define BURIN_SAMPLER_ID "burin.sampler/1"

/* What the host does for one run. Latents are float32 [N, C, h, w], C order, CPU (see
 * burin/ext/cuda.h for others), all of one run of one shape. `out` tensors are the caller's, of the
 * same shape, wholly overwritten on success; `x` may be the same memory as `out`. A function that
 * fails has set the error's sentence: the sampler frees what it holds and returns the same status
 * at once. All are called on the thread that called sample. Borrowed for the call. */
typedef struct burin_sampler_host {
  uint32_t struct_size;
  void* ctx;
  /* out: the model's prediction of the clean latent for x noised to level sigma (above 0), after
   * guidance and masks. Errors: INVALID (shape, dtype, sigma), MEMORY, CANCELLED, MODEL.
   * [work-thread] */
  burin_status (*denoise)(void* ctx, const DLTensor* x, double sigma, DLTensor* out);
  /* (optional) As denoise; also the prediction without guidance and masks. NULL: the model has
   * none. [work-thread] */
  burin_status (*denoise_both)(void* ctx, const DLTensor* x, double sigma, DLTensor* out,
                               DLTensor* unconditional);
  /* out: the next standard normal noise of this run, seeded by the host for each of the N items;
   * for the way from one level to another, which generators that depend on it may use. Errors:
   * INVALID, MEMORY. [work-thread] */
  burin_status (*noise)(void* ctx, double from, double to, DLTensor* out);
  /* To be called at the end of each step, counted from 1, with the prediction it went by. CANCELLED
   * ends the run. Errors: INVALID (step, shape), CANCELLED. [work-thread] */
  burin_status (*step_done)(void* ctx, uint32_t step, const DLTensor* denoised);
} burin_sampler_host;

typedef struct burin_sampler {
  uint32_t struct_size;
  /* *self is written only on success. data_dir: folder of the files the module came with, or NULL.
   * Errors: INVALID, UNSUPPORTED, IO, MEMORY. [host-thread] */
  burin_status (*create)(const burin_host* host, const char* data_dir, void** self);
  /* Accepts NULL. [host-thread] */
  void (*destroy)(void* self);
  /* sigmas: steps + 1 levels, steps at least 1, finite, not rising, above 0 but for the last, which
   * may be 0 or not; read only. x: float32 [N, C, h, w], C order, on entry the latent noised to
   * sigmas[0], on success the latent at sigmas[steps]; the host's own copy, lent to be written,
   * undefined after an error. The result depends on x, sigmas and what `host` answers alone, so
   * that a run can be repeated. Errors: INVALID (x, sigmas, steps), UNSUPPORTED (denoise_both is
   * needed and missing), MEMORY, and whatever `host` returned. [work-thread] */
  burin_status (*sample)(void* self, const burin_sampler_host* host, const double* sigmas,
                         uint32_t steps, DLTensor* x);
} burin_sampler;

#endif
