/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A detail hook that takes part in most points and changes a little in each. */
#include "burin/role/detail_hook.h"

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

/* The most confident half of what was found. */
static burin_status post_detection(void* self, int32_t width, int32_t height,
                                   const burin_hook_detection* const* found, size_t count,
                                   uint32_t* order, size_t* kept) {
  size_t left = 0;
  (void)self;
  (void)width;
  (void)height;
  for (size_t i = 0; i < count; ++i) {
    if (found[i]->confidence > 0.5) order[left++] = (uint32_t)i;
  }
  if (broken == KEEPS_TWICE && left > 1) order[1] = order[0];
  *kept = left;
  return BURIN_OK;
}

static burin_status post_crop_region(void* self, const burin_hook_segment* segment,
                                     burin_region* crop) {
  (void)self;
  if (broken == LEAVES_PICTURE) {
    crop->x2 = segment->width + 10;
  } else if (crop->x2 < segment->width) {
    ++crop->x2;
  }
  return BURIN_OK;
}

static burin_status post_encode(void* self, const burin_hook_segment* segment, DLTensor* latent) {
  float* values = (float*)((char*)latent->data + latent->byte_offset);
  (void)self;
  values[0] = broken == NAN_VALUES ? NAN : values[0] * 0.5F;
  if (broken == WRITES_INPUT) ((float*)segment->original->data)[5] = 2;
  if (broken == SWAPS_TENSOR) {
    static float other[4096];
    latent->data = other;
  }
  return BURIN_OK;
}

static burin_status pre_ksample(void* self, const burin_hook_segment* segment,
                                const DLTensor* latent, burin_hook_sampling* sampling) {
  static unsigned calls;
  (void)self;
  (void)latent;
  ++calls;
  sampling->cfg *= 0.9;
  sampling->seed += segment->cycle;
  if (broken == NO_STEPS) sampling->steps = 0;
  if (broken == NOT_REPEATABLE) sampling->seed += calls;
  return BURIN_OK;
}

static burin_status get_custom_noise(void* self, const burin_hook_segment* segment, uint64_t seed,
                                     DLTensor* noise) {
  (void)self;
  return segment->draw_noise(segment->ctx, seed + 1, noise);
}

static burin_status post_decode(void* self, const burin_hook_segment* segment, DLTensor* pixels) {
  float* values = (float*)((char*)pixels->data + pixels->byte_offset);
  const int64_t row = pixels->shape[1] * 3;
  (void)self;
  for (int64_t y = 0; y < pixels->shape[0]; ++y) {
    if (cancelled(segment->run) && broken != IGNORES_CANCEL) {
      return refuse(BURIN_E_CANCELLED, "The run was cancelled.");
    }
    for (int64_t x = 0; x < row; ++x) values[y * row + x] *= 0.99F;
  }
  return BURIN_OK;
}

static const burin_detail_hook table = {.struct_size = sizeof table,
                                        .create = create,
                                        .destroy = destroy,
                                        .post_detection = post_detection,
                                        .post_crop_region = post_crop_region,
                                        .post_encode = post_encode,
                                        .pre_ksample = pre_ksample,
                                        .get_custom_noise = get_custom_noise,
                                        .post_decode = post_decode};
const void* const functions = &table;

burin_descriptor about = {sizeof about,
                          "org.example.dim",
                          BURIN_DETAIL_HOOK_ID,
                          "Dim",
                          "1.0.0",
                          "Example",
                          "MIT",
                          "A little less of everything.",
                          BURIN_CUDA_NO};

const void* extension(const char* id) {
  (void)id;
  return NULL;
}
