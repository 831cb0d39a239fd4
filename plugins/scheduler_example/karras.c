/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A scheduler to start from: Karras et al., "Elucidating the Design Space of Diffusion-Based
 * Generative Models" (2022), equation 5 with rho 7. */
#include <math.h>

#include "burin/plugin.h"
#include "burin/role/scheduler.h"

static const burin_descriptor about = {sizeof about,
                                       "burin.scheduler.example",
                                       BURIN_SCHEDULER_ID,
                                       "Karras (example)",
                                       "1.0.0",
                                       "The Burin authors",
                                       "Apache-2.0",
                                       "Noise levels evenly spaced in their 7th root.",
                                       BURIN_CUDA_NO};

static burin_status create(const burin_host* host, const char* data_dir, void** self) {
  const burin_status status = burin_check_host(host);
  (void)data_dir;
  if (status != BURIN_OK) return status;
  if (!self) return burin_refuse(host, BURIN_E_INVALID, "There is no place for the scheduler.");
  *self = (void*)host; /* all that an instance has to remember */
  return BURIN_OK;
}
static void destroy(void* self) { (void)self; }
static burin_status sigmas(void* self, const burin_noise_levels* l, uint32_t steps, double* out) {
  if (!self || !l || !out || steps < 1 || !(l->least > 0 && l->most > l->least && l->most < 1e300))
    return burin_refuse(self, BURIN_E_INVALID, "Expected are 1 step or more and 0 < least < most.");
  const double low = pow(l->least, 1 / 7.0), high = pow(l->most, 1 / 7.0);
  for (uint32_t i = 0; i < steps; ++i)
    out[i] = fmin(l->most, pow(high + (steps > 1 ? i / (steps - 1.0) : 0) * (low - high), 7));
  out[steps] = 0;
  return BURIN_OK;
}
static const burin_scheduler scheduler = {sizeof scheduler, create, destroy, sigmas};

BURIN_SINGLE_PLUGIN(about, scheduler);
