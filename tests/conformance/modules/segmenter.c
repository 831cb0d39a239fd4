/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A segmenter: the box itself is the outline. */
#include "burin/role/segmenter.h"

#include "module.h"

static burin_status create(const burin_host* host, const char* data_dir, void** self) {
  static int only_one;
  (void)host;
  (void)data_dir;
  *self = &only_one;
  return BURIN_OK;
}

static void destroy(void* self) { (void)self; }

typedef struct {
  burin_segment segment;
  DLTensor mask;
  int64_t shape[2];
  float* values;
} answer;

typedef struct {
  size_t count;
  answer* answers;
  burin_segment* items;
} answers;

static void release(burin_segments* found) {
  answers* all;
  if (found == NULL || found->ctx == NULL) return;
  all = found->ctx;
  for (size_t i = 0; i < all->count; ++i) free(all->answers[i].values);
  free(all->answers);
  free(all->items);
  free(all);
  found->ctx = NULL;
  found->count = 0;
  found->items = NULL;
}

static burin_status check(const DLTensor* rgb, const burin_segment_prompt* const* prompts,
                          size_t count, const burin_segmenter_options* options) {
  if (!is_picture(rgb, kDLUInt, 8)) {
    return refuse(BURIN_E_INVALID, "The picture is not uint8 [h, w, 3] on the CPU.");
  }
  if (count == 0) return refuse(BURIN_E_INVALID, "There is no prompt; expected is at least one.");
  if (options != NULL && !(options->threshold >= 0 && options->threshold <= 1)) {
    return refuse(BURIN_E_INVALID, "The threshold is out of range.");
  }
  for (size_t i = 0; i < count; ++i) {
    if ((prompts[i]->given & BURIN_SEGMENT_BY_BOX) == 0) {
      return refuse(prompts[i]->given ? BURIN_E_UNSUPPORTED : BURIN_E_INVALID,
                    "A prompt gives no box.");
    }
    if (!(prompts[i]->x1 >= 0 && prompts[i]->y1 >= 0 && prompts[i]->x2 > prompts[i]->x1 &&
          prompts[i]->y2 > prompts[i]->y1 && prompts[i]->x2 <= (double)rgb->shape[1] &&
          prompts[i]->y2 <= (double)rgb->shape[0])) {
      return refuse(BURIN_E_INVALID, "A box is empty or leaves the picture.");
    }
  }
  return BURIN_OK;
}

static int outline(const burin_segment_prompt* prompt, answer* a) {
  const int64_t x = (int64_t)prompt->x1, y = (int64_t)prompt->y1;
  int64_t w = (int64_t)prompt->x2 - x, h = (int64_t)prompt->y2 - y;
  if (w < 1) w = 1;
  if (h < 1) h = 1;
  a->values = calloc((size_t)(w * h), sizeof(float));
  if (a->values == NULL) return 0;
  for (int64_t i = 0; i < w * h; ++i) a->values[i] = broken == MASK_OUT_OF_RANGE ? 2.0F : 1.0F;
  a->shape[0] = h;
  a->shape[1] = w;
  a->mask.data = a->values;
  a->mask.device.device_type = kDLCPU;
  a->mask.ndim = 2;
  a->mask.dtype.code = kDLFloat;
  a->mask.dtype.bits = 32;
  a->mask.dtype.lanes = 1;
  a->mask.shape = a->shape;
  a->segment.struct_size = sizeof a->segment;
  a->segment.x = (int32_t)x;
  a->segment.y = (int32_t)y;
  a->segment.confidence = 1;
  a->segment.mask = &a->mask;
  return 1;
}

static burin_status segment(void* self, const DLTensor* rgb,
                            const burin_segment_prompt* const* prompts, size_t count,
                            const burin_segmenter_options* options, const burin_run* run,
                            burin_segments* out) {
  burin_segments made = {.struct_size = sizeof made, .release = release};
  const burin_status status = check(rgb, prompts, count, options);
  answers* all;
  (void)self;
  if (status != BURIN_OK) return status;
  if (cancelled(run)) return refuse(BURIN_E_CANCELLED, "The work was cancelled.");
  all = calloc(1, sizeof *all);
  if (all == NULL) return refuse(BURIN_E_MEMORY, "There is not enough memory.");
  made.ctx = all;
  all->answers = calloc(count, sizeof *all->answers);
  all->items = calloc(count, sizeof *all->items);
  for (size_t i = 0; i < count; ++i) {
    if (all->answers == NULL || all->items == NULL || !outline(prompts[i], &all->answers[i])) {
      release(&made);
      return refuse(BURIN_E_MEMORY, "There is not enough memory.");
    }
    ++all->count;
    all->items[i] = all->answers[i].segment;
  }
  made.count = count;
  made.items = all->items;
  *out = made;
  return BURIN_OK;
}

static const burin_segmenter table = {sizeof table, BURIN_SEGMENT_BY_BOX, create, destroy, segment};
const void* const functions = &table;

burin_descriptor about = {sizeof about, "org.example.box", BURIN_SEGMENTER_ID,
                          "Box",        "1.0.0",           "Example",
                          "MIT",        "The box itself.", BURIN_CUDA_NO};

const void* extension(const char* id) {
  (void)id;
  return NULL;
}
