/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Role scheduler: the noise levels that a sampler goes through. */
#ifndef BURIN_ROLE_SCHEDULER_H
#define BURIN_ROLE_SCHEDULER_H

#include "burin/abi.h"
#include "burin/host.h"
#include "burin/status.h"

#define BURIN_SCHEDULER_ID "burin.scheduler/1"

/* The noise a model was trained with. Levels (sigma) are the standard deviation of the noise in a
 * latent whose signal has the scale 1. Borrowed for the call. */
typedef struct burin_noise_levels {
  uint32_t struct_size;
  double least;        /* above 0, finite */
  double most;         /* above least, finite */
  size_t count;        /* of `table`; 0: the model takes every level from least to most */
  const double* table; /* (optional) the level of each training step, rising strictly, from least to
                          most; NULL when count is 0 */
} burin_noise_levels;

typedef struct burin_scheduler {
  uint32_t struct_size;
  /* *self is written only on success. data_dir: folder of the files the module came with, or NULL.
   * Errors: INVALID, UNSUPPORTED, IO, MEMORY. [host-thread] */
  burin_status (*create)(const burin_host* host, const char* data_dir, void** self);
  /* Accepts NULL. [host-thread] */
  void (*destroy)(void* self);
  /* The levels of a run of `steps` steps: out has room for steps + 1 values and gets exactly these,
   * finite, not rising, the last one 0 and all others above 0, none above levels->most. A run that
   * does not start from pure noise asks for more steps and takes the last ones. The same arguments
   * give the same levels. Untouched on error. Errors: INVALID (steps below 1, levels that break
   * their contract), UNSUPPORTED (a number of steps, or a model without a table), MEMORY.
   * [work-thread] */
  burin_status (*sigmas)(void* self, const burin_noise_levels* levels, uint32_t steps, double* out);
} burin_scheduler;

#endif
