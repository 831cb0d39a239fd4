/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A scheduler to start from: Karras et al., "Elucidating the Design Space of Diffusion-Based
 * Generative Models" (2022), equation 5 with rho 7. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "burin/entry.h"
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

static burin_status refuse(const burin_host* host, const char* sentence) {
  if (host && BURIN_HAS(host, set_error) && host->set_error) host->set_error(host, sentence);
  return BURIN_E_INVALID;
}
static burin_status init(const burin_host* host) {
  if (!host || host->abi.major == BURIN_ABI_MAJOR) return host ? BURIN_OK : BURIN_E_INVALID;
  char sentence[96];
  snprintf(sentence, sizeof sentence, "The host speaks Burin ABI %u and this module %u.",
           (unsigned)host->abi.major, (unsigned)BURIN_ABI_MAJOR);
  refuse(host, sentence);
  return BURIN_E_UNSUPPORTED;
}
static burin_status create(const burin_host* host, const char* data_dir, void** self) {
  const burin_status status = init(host);
  (void)data_dir;
  if (status != BURIN_OK) return status;
  if (!self) return refuse(host, "There is no place for the new scheduler.");
  *self = (void*)(uintptr_t)host; /* all that an instance has to remember */
  return BURIN_OK;
}
static void destroy(void* self) { (void)self; }
static burin_status sigmas(void* self, const burin_noise_levels* l, uint32_t steps, double* out) {
  if (!self || !l || !out || steps < 1 || !(l->least > 0 && l->most > l->least && l->most < 1e300))
    return refuse(self, "Expected are at least 1 step and levels with 0 < least < most, finite.");
  const double low = pow(l->least, 1 / 7.0), high = pow(l->most, 1 / 7.0);
  for (uint32_t i = 0; i < steps; ++i)
    out[i] = fmin(l->most, pow(high + (steps > 1 ? i / (steps - 1.0) : 0) * (low - high), 7));
  out[steps] = 0;
  return BURIN_OK;
}
static const burin_scheduler scheduler = {sizeof scheduler, create, destroy, sigmas};

static void deinit(void) {}
static uint32_t count(void) { return 1; }
static const burin_descriptor* descriptor(uint32_t index) { return index == 0 ? &about : NULL; }
static const void* get_interface(const char* id) {
  return id && strcmp(id, about.id) == 0 ? &scheduler : NULL;
}
const burin_plugin_entry burin_entry = {sizeof burin_entry,
                                        {BURIN_ABI_MAJOR, BURIN_ABI_MINOR},
                                        init,
                                        deinit,
                                        count,
                                        descriptor,
                                        get_interface,
                                        NULL};
