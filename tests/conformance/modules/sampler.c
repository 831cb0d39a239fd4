/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A sampler: Euler's method, with a little noise put back in at each step. */
#include "burin/role/sampler.h"

#include <math.h>

#include "module.h"

static burin_status create(const burin_host* host, const char* data_dir, void** self) {
  static int only_one;
  (void)host;
  (void)data_dir;
  *self = &only_one;
  return BURIN_OK;
}

static void destroy(void* self) { (void)self; }

static burin_status check(const double* sigmas, uint32_t steps, const DLTensor* x) {
  if (!is_tensor(x, 4, kDLFloat, 32)) {
    return refuse(BURIN_E_INVALID, "The latent is not float32 [N, C, h, w] on the CPU.");
  }
  if (steps < 1) return refuse(BURIN_E_INVALID, "There are no steps; expected is at least 1.");
  for (uint32_t i = 0; i <= steps; ++i) {
    const int low = i < steps ? !(sigmas[i] > 0) : !(sigmas[i] >= 0);
    if (!isfinite(sigmas[i]) || low || (i > 0 && sigmas[i] > sigmas[i - 1])) {
      return refuse(BURIN_E_INVALID, "The levels are not finite and falling, or below 0.");
    }
  }
  return BURIN_OK;
}

static burin_status step(const burin_sampler_host* host, double from, double to, uint32_t number,
                         DLTensor* x, DLTensor* clean, DLTensor* noise, size_t size) {
  float* const now = (float*)((char*)x->data + x->byte_offset);
  const float* const aim = clean->data;
  /* Down a little further than asked, and up again by as much noise. */
  const double down = broken == STOPS_SHORT ? to + 0.05 : 0.9 * to,
               up = sqrt(to * to - down * down);
  burin_status status = host->denoise(host->ctx, x, from, clean);
  if (status != BURIN_OK && broken != GOES_ON_AFTER_FAILURE) return status;
  if (to > 0 && broken != STOPS_SHORT) status = host->noise(host->ctx, from, to, noise);
  if (status != BURIN_OK) return status;
  for (size_t i = 0; i < size; ++i) {
    const double direction = ((double)now[i] - (double)aim[i]) / from;
    now[i] = (float)((double)now[i] + direction * (down - from));
    if (to > 0 && broken != STOPS_SHORT) {
      now[i] += (float)(up * (double)((const float*)noise->data)[i]);
    }
    if (broken == NAN_VALUES && i == 2) now[i] = NAN;
  }
  if (broken == SKIPS_A_STEP && number == 2) return BURIN_OK;
  return host->step_done(host->ctx, number, clean);
}

static burin_status sample(void* self, const burin_sampler_host* host, const double* sigmas,
                           uint32_t steps, DLTensor* x) {
  static unsigned calls;
  burin_tensor clean = {.struct_size = sizeof clean}, noise = {.struct_size = sizeof noise};
  size_t size = 1;
  burin_status status = check(sigmas, steps, x);
  (void)self;
  if (status != BURIN_OK) return status;
  for (int32_t i = 0; i < x->ndim; ++i) size *= (size_t)x->shape[i];
  ++calls;
  if (broken == NOT_REPEATABLE && size > 0) ((float*)x->data)[0] += 0.001F * (float)(calls % 5);
  status = new_tensor(4, x->shape, &clean);
  if (status == BURIN_OK) status = new_tensor(4, x->shape, &noise);
  for (uint32_t i = 0; i < steps && status == BURIN_OK; ++i) {
    status = step(host, sigmas[i], sigmas[i + 1], i + 1, x, &clean.dl, &noise.dl, size);
  }
  if (clean.release != NULL) clean.release(&clean);
  if (noise.release != NULL) noise.release(&noise);
  return status;
}

static const burin_sampler table = {sizeof table, create, destroy, sample};
const void* const functions = &table;

burin_descriptor about = {
    sizeof about, "org.example.euler", BURIN_SAMPLER_ID, "Euler", "1.0.0", "Example",
    "MIT",        "Euler's method.",   BURIN_CUDA_NO};

const void* extension(const char* id) {
  (void)id;
  return NULL;
}
