/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * An upscaler: each pixel becomes four. It takes a stream, and works on the CPU all the same. */
#include "burin/role/upscaler.h"

#include <math.h>

#include "burin/ext/cuda.h"
#include "module.h"

typedef struct {
  int on_device;
} upscaler;

static burin_status create(const burin_host* host, const char* data_dir, void** self) {
  upscaler* made = calloc(1, sizeof *made);
  (void)host;
  (void)data_dir;
  if (made == NULL) return refuse(BURIN_E_MEMORY, "There is not enough memory.");
  *self = made;
  return BURIN_OK;
}

static void destroy(void* self) { free(self); }

static burin_status factor(void* self, uint32_t* out) {
  (void)self;
  *out = 2;
  return BURIN_OK;
}

static burin_status upscale(void* self, const DLTensor* rgb, const burin_upscaler_options* options,
                            const burin_run* run, burin_tensor* out) {
  int64_t shape[3];
  burin_tensor made = {.struct_size = sizeof made};
  float* to;
  burin_status status;
  const int on_device = ((const upscaler*)self)->on_device;
  if (!is_picture(rgb, kDLFloat, 32)) {
    return refuse(BURIN_E_INVALID, "The picture is not float32 [h, w, 3] on the CPU.");
  }
  shape[0] = 2 * rgb->shape[0];
  shape[1] = 2 * rgb->shape[1] + (broken == WRONG_SIZE && rgb->shape[1] % 2 ? 1 : 0);
  shape[2] = 3;
  status = new_tensor(3, shape, &made);
  if (status != BURIN_OK) return status;
  to = made.dl.data;
  for (int64_t y = 0; y < shape[0]; ++y) {
    if (cancelled(run)) {
      made.release(&made);
      return refuse(BURIN_E_CANCELLED, "The upscaling was cancelled.");
    }
    report(run, (double)y / (double)shape[0]);
    for (int64_t x = 0; x < shape[1]; ++x) {
      for (int64_t c = 0; c < 3; ++c) {
        const int64_t from = x / 2 < rgb->shape[1] ? x / 2 : rgb->shape[1] - 1;
        float value = number(rgb, y / 2, from, c);
        const int seam = options != NULL && options->tile > 0 && x % options->tile == 0;
        if (broken == SEAMS && seam && options->tile < 100) value += 0.1F;
        if (broken == OTHER_ON_STREAM && on_device) value *= 0.5F;
        if (broken == NAN_VALUES && x == 1 && y == 1) value = NAN;
        to[(y * shape[1] + x) * 3 + c] = value;
      }
    }
  }
  if (broken == GIVES_INPUT_BACK) made.dl.data = (char*)rgb->data + rgb->byte_offset;
  *out = made;
  return BURIN_OK;
}

static const burin_upscaler table = {sizeof table, create, destroy, factor, upscale};
const void* const functions = &table;

static burin_status use_stream(void* self, int32_t device, void* stream) {
  (void)stream;
  if (device < -1) return refuse(BURIN_E_INVALID, "The device is below -1.");
  if (device > 0 && broken != TAKES_ANY_DEVICE) {
    return refuse(BURIN_E_UNSUPPORTED, "There is one device, 0.");
  }
  if (device < 0 && broken == STAYS_ON_DEVICE) {
    return refuse(BURIN_E_UNSUPPORTED, "There is no way back.");
  }
  ((upscaler*)self)->on_device = device >= 0;
  return BURIN_OK;
}
static const burin_cuda cuda = {sizeof cuda, use_stream};

burin_descriptor about = {
    sizeof about, "org.example.twice",        BURIN_UPSCALER_ID, "Twice", "1.0.0", "Example",
    "MIT",        "Each pixel becomes four.", BURIN_CUDA_YES};

void prepare(void) {
  if (broken == UNDECLARED_CUDA) about.cuda = BURIN_CUDA_NO;
}

const void* extension(const char* id) { return strcmp(id, BURIN_CUDA_ID) == 0 ? &cuda : NULL; }
