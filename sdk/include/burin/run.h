/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Cancel, progress and first results of one call. */
#ifndef BURIN_RUN_H
#define BURIN_RUN_H

#include <dlpack/dlpack.h>

#include "burin/abi.h"

struct burin_layer; /* burin/role/engine.h */

typedef struct burin_progress {
  uint32_t struct_size;
  double fraction;     /* 0..1 of the whole call */
  double seconds_left; /* estimate; negative: not known yet */
  const char* stage;   /* "load", "detect", "encode", "sample", "decode", "fit", ...; static */
  const char*
      text; /* for people, UTF-8, e.g. "face 2 of 6, step 3 of 16"; until the callback returns */
} burin_progress;

/* What a segment looks like so far, roughly. */
typedef struct burin_preview {
  uint32_t struct_size;
  int64_t id;                  /* of the SEG */
  int32_t x, y, width, height; /* the part of the picture that it covers */
  const DLTensor* pixels;      /* uint8 [h, w, 3], sRGB, any size; until the callback returns */
} burin_preview;

/* Given to every call that may take long. Every callback may be NULL. They are called on the thread
 * that made the call, until it returns. */
typedef struct burin_run {
  uint32_t struct_size;
  void* ctx;
  /* Nonzero: stop soon (within one sampler step, one tile, a tenth of a second), return
   * BURIN_E_CANCELLED, write nothing; it stays nonzero for the rest of the call. Cheap enough for
   * every row of pixels. [work-thread] */
  int32_t (*cancelled)(void* ctx);
  /* The fraction never falls during a call. `progress` is borrowed. [work-thread] */
  void (*progress)(void* ctx, const burin_progress* progress);
  /* A segment's layer is final: what burin_engine.layer gives for its id after the call, bit for
   * bit. Called by detail, at most once a segment, in any order, by engines that can tell before
   * the end; everything in `layer` lives until the callback returns. It stays good when the call is
   * cancelled or fails later. [work-thread] */
  void (*layer_done)(void* ctx, const struct burin_layer* layer);
  /* Called by detail after the steps that the job's `preview` hook names, by engines that can; a
   * receiver may drop any of them.
   * [work-thread] */
  void (*preview)(void* ctx, const burin_preview* preview);
} burin_run;

#endif
