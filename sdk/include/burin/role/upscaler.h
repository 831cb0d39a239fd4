/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Role upscaler: enlarges a picture by a whole number. */
#ifndef BURIN_ROLE_UPSCALER_H
#define BURIN_ROLE_UPSCALER_H

#include <dlpack/dlpack.h>

#include "burin/abi.h"
#include "burin/host.h"
#include "burin/run.h"
#include "burin/status.h"
#include "burin/tensor.h"

#define BURIN_UPSCALER_ID "burin.upscaler/1"

typedef struct burin_upscaler_options {
  uint32_t struct_size;
  uint32_t tile; /* longest side of what is worked on at once, in pixels of the input; 0: the
                    upscaler's own choice. The result does not depend on it but for rounding. */
  uint64_t memory_bytes; /* to stay below where it can; 0: no limit */
} burin_upscaler_options;

typedef struct burin_upscaler {
  uint32_t struct_size;
  /* *self is written only on success. data_dir: folder of the files the module came with, or NULL.
   * Errors: INVALID, UNSUPPORTED, IO, MODEL, MEMORY. [host-thread] */
  burin_status (*create)(const burin_host* host, const char* data_dir, void** self);
  /* Accepts NULL. [host-thread] */
  void (*destroy)(void* self);
  /* *out: what width and height are multiplied by with the parameters as they are, 1 to 16; may
   * load the model. Untouched on error. Errors: INVALID, NOT_FOUND, IO, MODEL, MEMORY.
   * [work-thread] */
  burin_status (*factor)(void* self, uint32_t* out);
  /* rgb: float32 [h, w, 3], sRGB encoded, 0..1, any strides, CPU, read only, borrowed until return;
   * h and w at least 1. out: float32 [factor h, factor w, 3], 0..1 nominally, finite, CPU, C order;
   * owned by the receiver. options and run may be NULL. Errors: INVALID (shape, dtype, NULL),
   * NOT_FOUND, IO, MODEL, CANCELLED, MEMORY. [work-thread] */
  burin_status (*upscale)(void* self, const DLTensor* rgb, const burin_upscaler_options* options,
                          const burin_run* run, burin_tensor* out);
} burin_upscaler;

#endif
