/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Role segmenter: the exact outline of what a box, points, a rough mask or a text say. */
#ifndef BURIN_ROLE_SEGMENTER_H
#define BURIN_ROLE_SEGMENTER_H

#include <dlpack/dlpack.h>

#include "burin/abi.h"
#include "burin/host.h"
#include "burin/run.h"
#include "burin/status.h"

#define BURIN_SEGMENTER_ID "burin.segmenter/1"

/* What a segmenter can be told, as bits. */
enum {
  BURIN_SEGMENT_BY_BOX = 1u,
  BURIN_SEGMENT_BY_POINTS = 2u,
  BURIN_SEGMENT_BY_MASK = 4u,
  BURIN_SEGMENT_BY_TEXT = 8u
};

typedef struct burin_segment_point {
  double x, y;      /* pixels of the picture */
  int32_t inside;   /* 1: belongs to the thing, 0: does not */
  int32_t reserved; /* 0 */
} burin_segment_point;

/* One thing that is asked for. Borrowed for the call. */
typedef struct burin_segment_prompt {
  uint32_t struct_size;
  uint32_t given;        /* which of the following hold, BURIN_SEGMENT_BY_...; at least one */
  double x1, y1, x2, y2; /* BY_BOX: pixel edges, half-open, inside the picture */
  size_t point_count;    /* BY_POINTS */
  const burin_segment_point* points;
  const DLTensor* mask; /* BY_MASK: float32 [h, w], 0..1, the size of the picture, any strides */
  const char* text;     /* BY_TEXT: UTF-8 */
} burin_segment_prompt;

/* The answer to one prompt: a mask that is 0 outside [x, x + its width) x [y, y + its height). */
typedef struct burin_segment {
  uint32_t struct_size;
  int32_t x, y;         /* of the mask's top left pixel; the mask lies inside the picture */
  double confidence;    /* 0..1 */
  const DLTensor* mask; /* float32 [mh, mw], 0..1, CPU, C order; NULL: the thing was not found */
} burin_segment;

/* Owned by the receiver. A newer module may have longer items: each begins struct_size bytes after
 * the one before. */
typedef struct burin_segments {
  uint32_t struct_size;
  void* ctx;
  /* Frees what the struct points to; accepts NULL and a struct that was released. [any-thread] */
  void (*release)(struct burin_segments* self);
  size_t count; /* that of the prompts; item i answers prompt i */
  const burin_segment* items;
} burin_segments;

typedef struct burin_segmenter_options {
  uint32_t struct_size;
  double threshold; /* least confidence, 0..1, of a thing that counts as found */
} burin_segmenter_options;

typedef struct burin_segmenter {
  uint32_t struct_size;
  uint32_t understands; /* BURIN_SEGMENT_BY_... */
  /* *self is written only on success. data_dir: folder of the files the module came with, or NULL.
   * Errors: INVALID, UNSUPPORTED, IO, MODEL, MEMORY. [host-thread] */
  burin_status (*create)(const burin_host* host, const char* data_dir, void** self);
  /* Accepts NULL. [host-thread] */
  void (*destroy)(void* self);
  /* All prompts about one picture in one call, so that it is encoded once. rgb: uint8 [h, w, 3],
   * sRGB encoded, any strides, CPU, read only, borrowed until return; h and w at least 1. prompts:
   * prompt_count pointers, at least 1. options and run may be NULL. Errors: INVALID (shape, dtype,
   * prompts, options), UNSUPPORTED (a prompt with nothing it understands), CANCELLED, MEMORY.
   * [work-thread] */
  burin_status (*segment)(void* self, const DLTensor* rgb,
                          const burin_segment_prompt* const* prompts, size_t prompt_count,
                          const burin_segmenter_options* options, const burin_run* run,
                          burin_segments* out);
} burin_segmenter;

#endif
