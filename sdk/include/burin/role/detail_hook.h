/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Role detail_hook: is called at fixed points while segments are redrawn, and may change what the
 * engine does there.
 *
 * The points, in the order of a run: post_detection once; for each segment post_crop_region and
 * touch_scaled_size while the run is planned, then post_encode; for each cycle set_steps,
 * cycle_latent, get_skip_sampling, pre_ksample, get_custom_noise; then pre_decode, post_decode,
 * should_retry_patch (which may send the segment back to its first cycle), post_paste. Every point
 * is optional: NULL, or a member that the hook's struct_size does not reach, is not taken, and
 * costs nothing. Several hooks are called at each point in the order of the job; each gets what the
 * one before left.
 *
 * Rationale: a call is about one segment, and what it may change is lent to it for the call as a
 * copy of the host's. So a hook cannot reach another segment, a pixel outside the crop or anything
 * after its return; the host checks what came back before it uses it. A hook that returns an error
 * fails its segment alone, with the hook's sentence, except in post_detection: there it ends the
 * run. A hook that changes nothing leaves the result bit for bit as it was. */
#ifndef BURIN_ROLE_DETAIL_HOOK_H
#define BURIN_ROLE_DETAIL_HOOK_H

#include <dlpack/dlpack.h>

#include "burin/abi.h"
#include "burin/host.h"
#include "burin/run.h"
#include "burin/status.h"

#define BURIN_DETAIL_HOOK_ID "burin.detail_hook/1"

/* A rectangle of whole pixels of the picture, half-open. Frozen: it has no struct_size. */
typedef struct burin_region {
  int32_t x1, y1, x2, y2;
} burin_region;

/* The segment that a call is about. Borrowed for the call, read only. Tensors: float32, C order,
 * CPU (see burin/ext/cuda.h for others). */
typedef struct burin_hook_segment {
  uint32_t struct_size;
  uint32_t index;        /* among the run's segments, in the order of work; from 0 */
  uint32_t count;        /* of the run's segments */
  uint32_t cycle;        /* of `cycles`, from 0; 0 outside the cycles */
  uint32_t cycles;       /* at least 1 */
  uint32_t attempt;      /* how often should_retry_patch has sent the segment back */
  int64_t id;            /* of the SEG */
  const char* label;     /* UTF-8, "" when there is none */
  double confidence;     /* 0..1 */
  uint64_t seed;         /* the segment's, before any hook changed it */
  burin_region box;      /* what was detected */
  burin_region crop;     /* what is redrawn */
  int32_t width, height; /* the picture's, in pixels */
  /* [h, w, 3]: the crop as the model sees it, sRGB encoded, 0..1; NULL before post_encode. In
   * post_paste its part of the picture before the run, at the size of `pixels`. */
  const DLTensor* original;
  /* [h, w]: where the crop is to change, 0..1, at the size of `original`; NULL where that is. */
  const DLTensor* mask;
  const burin_run* run; /* cancel and progress of the whole call; never NULL */
  void* ctx;            /* the host's, for draw_noise */
  /* out: float32, C order, any shape, overwritten with standard normal noise of `seed`, the same
   * that the engine starts a segment of this seed and shape from. Errors: INVALID, MEMORY.
   * [work-thread] */
  burin_status (*draw_noise)(void* ctx, uint64_t seed, DLTensor* out);
} burin_hook_segment;

/* A detected segment in post_detection. Borrowed for the call, read only. */
typedef struct burin_hook_detection {
  uint32_t struct_size;
  int64_t id;
  const char* label; /* UTF-8, "" when there is none */
  double confidence; /* 0..1 */
  burin_region box;
  burin_region crop;
  const DLTensor* mask; /* float32 [h, w] of `crop`, 0..1, CPU, C order */
} burin_hook_detection;

/* How a cycle is sampled. The host fills it and takes from it what the hook left; it checks ranges
 * and names and fails the segment with a sentence where they break. */
typedef struct burin_hook_sampling {
  uint32_t struct_size;
  uint32_t steps;        /* at least 1 */
  uint64_t seed;         /* of noise and step noise */
  double cfg;            /* guidance scale, finite, 0 or more; 1: none */
  double denoise;        /* above 0, at most 1: 1 starts from pure noise */
  const char* sampler;   /* name of the engine's, or id of a module; copied when the hook returns */
  const char* scheduler; /* likewise */
  double positive_strength; /* 0..2: how far the positive conditioning lies from the empty
                               prompt's (0) through the prompt's (1) */
  double negative_strength; /* likewise of the negative one */
} burin_hook_sampling;

/* Latents are float32 [1, C, h, w], C order, in the model's scale (unit deviation nominally),
 * CPU (see burin/ext/cuda.h for others). Pixels are float32 [h, w, 3], C order, sRGB encoded, 0..1.
 * Both are copies lent to be written in place; shape, strides and data pointer stay as they are,
 * and after an error the contents do not matter. Values left must be finite. Errors of every
 * point: INVALID, CANCELLED, MEMORY, UNSUPPORTED, INTERNAL. */
typedef struct burin_detail_hook {
  uint32_t struct_size;
  /* *self is written only on success. data_dir: folder of the files the module came with, or NULL.
   * Errors: INVALID, UNSUPPORTED, IO, MEMORY. [host-thread] */
  burin_status (*create)(const burin_host* host, const char* data_dir, void** self);
  /* Accepts NULL. [host-thread] */
  void (*destroy)(void* self);

  /* (optional) After detection and the job's own filters. width, height: of the picture. order has
   * room for `count` indices into `found` and holds 0..count-1 and *kept is `count` on entry; the
   * hook leaves in order[0..*kept) those that shall be redrawn, in the order of work, each at most
   * once. [work-thread] */
  burin_status (*post_detection)(void* self, int32_t width, int32_t height,
                                 const burin_hook_detection* const* found, size_t count,
                                 uint32_t* order, size_t* kept);
  /* (optional) Before the size is planned. *crop: the region around segment->box, to be changed in
   * place; must stay inside the picture and not be empty. [work-thread] */
  burin_status (*post_crop_region)(void* self, const burin_hook_segment* segment,
                                   burin_region* crop);
  /* (optional) Before encoding. *width, *height: what the crop is scaled to, in pixels, 1 to 16384;
   * the host may round them to what the model needs. [work-thread] */
  burin_status (*touch_scaled_size)(void* self, const burin_hook_segment* segment, uint32_t* width,
                                    uint32_t* height);
  /* (optional) latent: the crop, just encoded. [work-thread] */
  burin_status (*post_encode)(void* self, const burin_hook_segment* segment, DLTensor* latent);
  /* (optional) Before each cycle: step `step` (from 0) of `cycle` (at least 1). [work-thread] */
  burin_status (*set_steps)(void* self, const burin_hook_segment* segment, uint32_t step,
                            uint32_t cycle);
  /* (optional) latent: what the cycle starts from, before noise. [work-thread] */
  burin_status (*cycle_latent)(void* self, const burin_hook_segment* segment, DLTensor* latent);
  /* (optional) *skip is 0 on entry; nonzero on return: this cycle samples nothing and the latent
   * goes on as it is. [work-thread] */
  burin_status (*get_skip_sampling)(void* self, const burin_hook_segment* segment, int32_t* skip);
  /* (optional) Before a cycle is sampled; may change every member of `sampling` but struct_size and
   * nothing of `latent`, which is read only here. [work-thread] */
  burin_status (*pre_ksample)(void* self, const burin_hook_segment* segment, const DLTensor* latent,
                              burin_hook_sampling* sampling);
  /* (optional) noise: standard normal noise of `seed` as the engine drew it, or as the hook before
   * left it; to be changed in place. [work-thread] */
  burin_status (*get_custom_noise)(void* self, const burin_hook_segment* segment, uint64_t seed,
                                   DLTensor* noise);
  /* (optional) latent: the last cycle's result. [work-thread] */
  burin_status (*pre_decode)(void* self, const burin_hook_segment* segment, DLTensor* latent);
  /* (optional) pixels: the decoded crop, of segment->original's size. [work-thread] */
  burin_status (*post_decode)(void* self, const burin_hook_segment* segment, DLTensor* pixels);
  /* (optional) pixels: the decoded crop after post_decode, read only. *retry is 0 on entry; nonzero
   * on return: the segment is done again with another seed (segment->attempt counts; pre_ksample
   * may choose one), as often as the job allows, then taken as it is. [work-thread] */
  burin_status (*should_retry_patch)(void* self, const burin_hook_segment* segment,
                                     const DLTensor* pixels, int32_t* retry);
  /* (optional) pixels: the segment's part of the picture with the redrawn crop laid in, of the size
   * of segment->crop. Where segment->mask is 0 the host keeps the picture bit for bit, whatever is
   * written there. [work-thread] */
  burin_status (*post_paste)(void* self, const burin_hook_segment* segment, DLTensor* pixels);
} burin_detail_hook;

#endif
