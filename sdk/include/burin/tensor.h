/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Tensors across the ABI: DLPack's DLTensor, borrowed as in-parameter, or owned by a burin_tensor
 * as result. */
#ifndef BURIN_TENSOR_H
#define BURIN_TENSOR_H

#include <dlpack/dlpack.h>

#include "burin/abi.h"

enum {
  BURIN_TENSOR_READ_ONLY = 1u /* the receiver must not write to it */
};

/* An owned tensor. Everything before `dl` is frozen for ever. */
typedef struct burin_tensor {
  uint32_t struct_size;
  uint32_t flags;
  void* ctx;
  /* Frees what the struct points to; accepts NULL and a struct of zeros or one that was released.
   * Cannot fail. [any-thread] */
  void (*release)(struct burin_tensor* self);
  DLTensor dl;
} burin_tensor;

#endif
