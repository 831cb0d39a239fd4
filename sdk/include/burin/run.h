/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Cancel and progress of one call. */
#ifndef BURIN_RUN_H
#define BURIN_RUN_H

#include "burin/abi.h"

typedef struct burin_progress {
  uint32_t struct_size;
  double fraction;     /* 0..1 of the whole call */
  double seconds_left; /* estimate; negative: not known yet */
  const char* stage;   /* "load", "detect", "encode", "sample", "decode", "fit", ...; static */
  const char*
      text; /* for people, UTF-8, e.g. "face 2 of 6, step 3 of 16"; until the callback returns */
} burin_progress;

/* Both callbacks may be NULL. They are called on the thread that made the call. */
typedef struct burin_run {
  uint32_t struct_size;
  void* ctx;
  int32_t (*cancelled)(void* ctx); /* nonzero: stop within one sampler step, return
                                      BURIN_E_CANCELLED, write nothing */
  void (*progress)(void* ctx, const burin_progress* progress);
} burin_run;

#endif
