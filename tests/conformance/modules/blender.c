/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A blender: a straight mix. */
#include "burin/role/blender.h"

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

static int is_crop(const DLTensor* t) {
  return is_tensor(t, 3, kDLFloat, 32) && t->shape[0] > 0 && t->shape[1] > 0 &&
         (t->shape[2] == 3 || t->shape[2] == 1);
}

static burin_status blend(void* self, const DLTensor* under, const DLTensor* over,
                          const DLTensor* mask, const burin_run* run, burin_tensor* out) {
  burin_tensor made = {.struct_size = sizeof made};
  float* to;
  burin_status status;
  (void)self;
  if (!is_crop(under) || !is_crop(over) || !is_tensor(mask, 2, kDLFloat, 32) ||
      memcmp(under->shape, over->shape, 3 * sizeof(int64_t)) != 0 ||
      memcmp(under->shape, mask->shape, 2 * sizeof(int64_t)) != 0) {
    return refuse(BURIN_E_INVALID, "The crops and the mask are not float32 of one size.");
  }
  if (cancelled(run)) return refuse(BURIN_E_CANCELLED, "The work was cancelled.");
  status = new_tensor(3, under->shape, &made);
  if (status != BURIN_OK) return status;
  to = made.dl.data;
  for (int64_t y = 0; y < under->shape[0]; ++y) {
    for (int64_t x = 0; x < under->shape[1]; ++x) {
      for (int64_t c = 0; c < under->shape[2]; ++c) {
        const float share = number(mask, y, x, 0);
        *to++ = share * number(over, y, x, c) + (1 - share) * number(under, y, x, c);
      }
    }
  }
  if (broken == NAN_VALUES) to[-1] = NAN;
  *out = made;
  return BURIN_OK;
}

static const burin_blender table = {sizeof table, create, destroy, blend};
const void* const functions = &table;

burin_descriptor about = {sizeof about, "org.example.mix", BURIN_BLENDER_ID,
                          "Mix",        "1.0.0",           "Example",
                          "MIT",        "A straight mix.", BURIN_CUDA_NO};

const void* extension(const char* id) {
  (void)id;
  return NULL;
}
