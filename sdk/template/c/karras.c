/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A scheduler in C11: the levels of Karras et al. 2022, equation 5. */
#include <math.h>
#include <string.h>

#include <burin/entry.h>
#include <burin/role/scheduler.h>

static const burin_host* host_;

static burin_status fail(burin_status status, const char* sentence) {
  host_->set_error(host_, sentence);
  return status;
}

static burin_status sigmas(void* self, const burin_noise_levels* levels, uint32_t steps,
                           double* out) {
  const double rho = 7;
  (void)self;
  if (levels == NULL || out == NULL || steps < 1)
    return fail(BURIN_E_INVALID, "Levels, a place for them and at least 1 step are needed.");
  if (!(levels->least > 0 && levels->most > levels->least && isfinite(levels->most)))
    return fail(BURIN_E_INVALID, "The model's noise levels must be a positive range.");
  const double from = pow(levels->most, 1 / rho), to = pow(levels->least, 1 / rho);
  for (uint32_t i = 0; i < steps; ++i)
    out[i] = fmin(levels->most, pow(from + (steps > 1 ? i / (steps - 1.0) : 0) * (to - from), rho));
  out[steps] = 0;
  return BURIN_OK;
}

static burin_status create(const burin_host* host, const char* data_dir, void** self) {
  static int instance; /* it has no state */
  (void)data_dir;
  if (host == NULL || self == NULL) return BURIN_E_INVALID;
  *self = &instance;
  return BURIN_OK;
}
static void destroy(void* self) { (void)self; }

static const burin_scheduler scheduler = {
    .struct_size = sizeof scheduler, .create = create, .destroy = destroy, .sigmas = sigmas};

static const burin_descriptor about = {.struct_size = sizeof about,
                                       .id = "org.example.karras",
                                       .role = BURIN_SCHEDULER_ID,
                                       .name = "Karras",
                                       .version = "1.0.0",
                                       .vendor = "Example",
                                       .licence = "Apache-2.0",
                                       .description = "Dense at low levels.",
                                       .cuda = BURIN_CUDA_NO};

static burin_status init(const burin_host* host) {
  if (host == NULL || !BURIN_HAS(host, set_error)) return BURIN_E_INVALID;
  if (host->abi.major != BURIN_ABI_MAJOR) {
    host->set_error(host, "The host speaks another major version of Burin's ABI than 1.");
    return BURIN_E_UNSUPPORTED;
  }
  host_ = host;
  return BURIN_OK;
}
static void deinit(void) {}
static uint32_t count(void) { return 1; }
static const burin_descriptor* descriptor(uint32_t index) { return index == 0 ? &about : NULL; }
static const void* get_interface(const char* id) {
  return id != NULL && strcmp(id, about.id) == 0 ? &scheduler : NULL;
}

const burin_plugin_entry burin_entry = {.struct_size = sizeof burin_entry,
                                        .abi = {BURIN_ABI_MAJOR, BURIN_ABI_MINOR},
                                        .init = init,
                                        .deinit = deinit,
                                        .count = count,
                                        .descriptor = descriptor,
                                        .get_interface = get_interface};
