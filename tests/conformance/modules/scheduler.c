/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A scheduler: levels whose logarithms are evenly spaced. */
#include "burin/role/scheduler.h"

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

static burin_status sigmas(void* self, const burin_noise_levels* levels, uint32_t steps,
                           double* out) {
  static unsigned calls;
  (void)self;
  ++calls;
  if (steps < 1 || !(levels->least > 0) || !(levels->most > levels->least) ||
      !isfinite(levels->most)) {
    if (broken == TOUCHES_OUT) out[0] = 0;
    return refuse(BURIN_E_INVALID, "There are no steps, or the levels are out of range.");
  }
  for (uint32_t i = 0; i < steps; ++i) {
    const double t = steps == 1 ? 0 : (double)i / (steps - 1);
    out[i] = exp(log(levels->most) + t * (log(levels->least) - log(levels->most)));
    if (out[i] > levels->most) out[i] = levels->most;
    if (broken == RISES && steps > 4 && i == 3) out[i] = out[i - 1] * 1.01;
    if (broken == NOT_REPEATABLE) out[i] *= 1 - 1e-6 * (calls % 7);
  }
  out[steps] = 0;
  if (broken == TOO_MANY) out[steps + 1] = 0;
  return BURIN_OK;
}

static const burin_scheduler table = {sizeof table, create, destroy, sigmas};
const void* const functions = &table;

burin_descriptor about = {
    sizeof about, "org.example.even",          BURIN_SCHEDULER_ID, "Even", "1.0.0", "Example",
    "MIT",        "Evenly spaced logarithms.", BURIN_CUDA_NO};

const void* extension(const char* id) {
  (void)id;
  return NULL;
}
