/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Role preprocessor: makes of a picture what a control network is shown: edges, depth, pose. */
#ifndef BURIN_ROLE_PREPROCESSOR_H
#define BURIN_ROLE_PREPROCESSOR_H

#include <dlpack/dlpack.h>

#include "burin/abi.h"
#include "burin/host.h"
#include "burin/run.h"
#include "burin/status.h"
#include "burin/tensor.h"

#define BURIN_PREPROCESSOR_ID "burin.preprocessor/1"

typedef struct burin_preprocessor {
  uint32_t struct_size;
  /* *self is written only on success. data_dir: folder of the files the module came with, or NULL.
   * Errors: INVALID, UNSUPPORTED, IO, MODEL, MEMORY. [host-thread] */
  burin_status (*create)(const burin_host* host, const char* data_dir, void** self);
  /* Accepts NULL. [host-thread] */
  void (*destroy)(void* self);
  /* rgb: float32 [h, w, 3], sRGB encoded, 0..1, any strides, CPU, read only, borrowed until return;
   * h and w at least 1. out: float32 [h, w, 3] of the same h and w, 0..1, finite, CPU, C order;
   * owned by the receiver. run may be NULL. Errors: INVALID (shape, dtype, NULL), UNSUPPORTED (a
   * size), CANCELLED, MEMORY. [work-thread] */
  burin_status (*process)(void* self, const DLTensor* rgb, const burin_run* run, burin_tensor* out);
} burin_preprocessor;

#endif
