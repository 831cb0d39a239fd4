/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Role engine: finds, plans and redraws the segments of a picture as a job (docs/job.md) says. */
#ifndef BURIN_ROLE_ENGINE_H
#define BURIN_ROLE_ENGINE_H

#include <dlpack/dlpack.h>

#include "burin/abi.h"
#include "burin/host.h"
#include "burin/run.h"
#include "burin/status.h"
#include "burin/tensor.h"

#define BURIN_ENGINE_ID "burin.engine/1"

typedef struct burin_engine_options {
  uint32_t struct_size;
  const char* device;    /* "auto", "cpu", "cuda", "cuda:1"; NULL: auto */
  const char* dtype;     /* "auto", "f32", "bf16", "f16"; NULL: auto */
  uint64_t memory_bytes; /* budget for activations; 0: half of what is free */
  int32_t threads;       /* 0: one a core */
  const char* data_dir;  /* folder with the embedded model; NULL: found beside the module */
} burin_engine_options;

/* A picture, borrowed for the call. pixels: uint8, uint16, float16 or float32 [height, width,
 * channels], CPU, unit stride over channels, any row stride; channels 1 (grey), 2 (grey, alpha), 3
 * (RGB), 4 (RGB, alpha not premultiplied). Integers span 0..max, floats 0..1 nominally and may
 * leave it. icc: the profile, or NULL for sRGB (floats included: encoded values). */
typedef struct burin_image {
  uint32_t struct_size;
  const DLTensor* pixels;
  const void* icc;
  size_t icc_size;
} burin_image;

typedef int32_t burin_layer_status;
enum { BURIN_LAYER_DONE = 1, BURIN_LAYER_SKIPPED = 2, BURIN_LAYER_FAILED = 3 };

/* One segment's result. Everything lives until the result is released. */
typedef struct burin_layer {
  uint32_t struct_size;
  burin_layer_status status;
  int64_t id;             /* of the SEG */
  int32_t x, y;           /* of the top left pixel in the picture */
  const DLTensor* pixels; /* float32 [h, w, colour channels (1 or 3)], document encoding, 0..1
                             nominally; skipped: the original */
  const DLTensor* crop;   /* float32 [h, w, 3] as the segment detailer returns it: the redrawn crop
                             before colours are carried back */
  const DLTensor* mask;   /* float32 [h, w], 0..1: how much of `pixels` shows */
  const char* name;       /* "Face 1 - 0.40 - seed 123" */
  const char* message;    /* why it was skipped or failed, and what was noticed; never NULL */
  const char* job;        /* JSON: a job that redraws just this segment */
  double drift_before; /* mean colour difference (dE 76) outside the mask before the colour guard;
                          negative: not measured */
  double drift_after;
  size_t control_count;            /* pictures that control networks were shown; 0: none */
  const DLTensor* const* controls; /* float32 [h, w, 3], any size, 0..1 nominally, in the order of
                                      the job's controls */
} burin_layer;

typedef struct burin_result
    burin_result;                     /* owned by the engine module; released by release_result */
typedef struct burin_text burin_text; /* likewise, by release_text */

/* base_dir: folder that relative paths of the job start from; NULL: the working folder. job: UTF-8
 * JSON. run may be NULL. Errors everywhere: INVALID, JOB, MODEL, IMAGE, IO, NOT_FOUND, UNSUPPORTED,
 * MEMORY, CANCELLED. */
typedef struct burin_engine {
  uint32_t struct_size;
  /* *self is written only on success. [host-thread] */
  burin_status (*create)(const burin_host* host, const burin_engine_options* options, void** self);
  /* Accepts NULL. [host-thread] */
  void (*destroy)(void* self);

  /* The job with every default filled in and every path absolute; checks everything that can be
   * checked without pixels. [work-thread] */
  burin_status (*complete_job)(void* self, const char* job, const char* base_dir, burin_text** out);
  /* Family, shapes, dtype, recommended settings of a model file (NULL: the embedded one), as JSON.
   * [work-thread] */
  burin_status (*describe_model)(void* self, const char* path, burin_text** out);
  /* What would be done: sizes, scales, seeds, batches, estimated memory, as JSON. [work-thread] */
  burin_status (*plan)(void* self, const char* job, const char* base_dir, const burin_image* image,
                       const burin_run* run, burin_text** out);
  /* Runs the job's detector (or selection) and returns a SEGS file as JSON. Masks that a box does
   * not say go to `masks_path` (safetensors, written only when needed; the JSON names it by its
   * file name); NULL: masks are left out. [work-thread] */
  burin_status (*detect)(void* self, const char* job, const char* base_dir,
                         const burin_image* image, const char* masks_path, const burin_run* run,
                         burin_text** out);
  /* Runs the job. [work-thread] */
  burin_status (*detail)(void* self, const char* job, const char* base_dir,
                         const burin_image* image, const burin_run* run, burin_result** out);

  /* One layer a segment that was taken up. [work-thread] */
  size_t (*layer_count)(const burin_result* result);
  /* index below layer_count. Errors: INVALID. [work-thread] */
  burin_status (*layer)(const burin_result* result, size_t index, burin_layer* out);
  /* Timings in seconds, batches, peak memory in bytes, device, colour drift, as JSON; lives as long
   * as the result. [work-thread] */
  const char* (*report)(const burin_result* result);
  /* Lays every layer that is DONE over `pixels` (the picture given to detail, same shape and
   * dtype), in place. Where every mask is 0 no bit changes. [work-thread] */
  burin_status (*flatten)(const burin_result* result, DLTensor* pixels);
  /* Accepts NULL. [work-thread] */
  void (*release_result)(burin_result* result);

  /* UTF-8; lives as long as `text`. [work-thread] */
  const char* (*text)(const burin_text* text);
  /* Accepts NULL. [work-thread] */
  void (*release_text)(burin_text* text);

  /* The SEGS of a job that needs no picture: its `segs` or `selection`, then its `filters` and
   * `only`. Returned and stored as detect does. width, height: of the picture; both 0: what the
   * SEGS file or the selection says. Errors also: JOB where the job would have to detect, and where
   * nothing says the size. [work-thread] */
  burin_status (*edit_segs)(void* self, const char* job, const char* base_dir, int32_t width,
                            int32_t height, const char* masks_path, const burin_run* run,
                            burin_text** out);
  /* The same SEGS as one mask, float32 [height, width, 1], CPU, C order, 0..1: where several cover
   * a pixel, the largest value (impact: the bitwise OR of their 8-bit values). The caller releases
   * it. [work-thread] */
  burin_status (*segs_mask)(void* self, const char* job, const char* base_dir, int32_t width,
                            int32_t height, const burin_run* run, burin_tensor* out);
} burin_engine;

#endif
