/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Role blender: lays a redrawn crop over the original one. */
#ifndef BURIN_ROLE_BLENDER_H
#define BURIN_ROLE_BLENDER_H

#include <dlpack/dlpack.h>

#include "burin/abi.h"
#include "burin/host.h"
#include "burin/run.h"
#include "burin/status.h"
#include "burin/tensor.h"

#define BURIN_BLENDER_ID "burin.blender/1"

typedef struct burin_blender {
  uint32_t struct_size;
  /* *self is written only on success. data_dir: folder of the files the module came with, or NULL.
   * Errors: INVALID, UNSUPPORTED, IO, MEMORY. [host-thread] */
  burin_status (*create)(const burin_host* host, const char* data_dir, void** self);
  /* Accepts NULL. [host-thread] */
  void (*destroy)(void* self);
  /* under, over: float32 [h, w, c], the original and the redrawn crop, c 1 or 3, encoded as the
   * document is, 0..1 nominally. mask: float32 [h, w], 0..1: how much of `over` is wanted. All of
   * one h and w (at least 1), any strides, CPU, read only, borrowed until return. out: float32
   * [h, w, c], CPU, C order, finite where both crops are; owned by the receiver. Where the mask is
   * 0 the host keeps `under` bit for bit, whatever `out` holds there. run may be NULL. Errors:
   * INVALID (shape, dtype, NULL), CANCELLED, MEMORY. [work-thread] */
  burin_status (*blend)(void* self, const DLTensor* under, const DLTensor* over,
                        const DLTensor* mask, const burin_run* run, burin_tensor* out);
} burin_blender;

#endif
