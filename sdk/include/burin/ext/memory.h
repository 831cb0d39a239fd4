/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Host extension: memory from the host's allocator, so that one place sees all of it and a budget
 * can hold. */
#ifndef BURIN_EXT_MEMORY_H
#define BURIN_EXT_MEMORY_H

#include <dlpack/dlpack.h>

#include "burin/host.h"
#include "burin/tensor.h"

#define BURIN_MEMORY_ID "burin.memory/1"

typedef struct burin_memory {
  uint32_t struct_size;
  /* *out: `bytes` bytes (at least 1) on `device`, aligned to 64, contents undefined. stream: the
   * cudaStream_t that uses them first; NULL on the CPU. *out is untouched on error. Errors: INVALID
   * (bytes, device), MEMORY, UNSUPPORTED (a device the host does not serve). [any-thread] */
  burin_status (*allocate)(const burin_host* host, DLDevice device, size_t bytes, void* stream,
                           void** out);
  /* Gives back what allocate gave; memory NULL is fine. stream: the cudaStream_t whose work so far
   * still may use it; NULL on the CPU. [any-thread] */
  void (*release)(const burin_host* host, DLDevice device, void* memory, void* stream);
  /* out: an owned tensor [shape[0], ..., shape[ndim - 1]] on the CPU in C order with strides, its
   * contents 0; what a role returns can be made by one call. ndim: 1 to 8; every length 0 or more.
   * out->release may be called from any thread as long as the host lives. *out is untouched on
   * error. Errors: INVALID (shape, a dtype of no whole bytes), MEMORY. [any-thread] */
  burin_status (*tensor)(const burin_host* host, DLDataType dtype, int32_t ndim,
                         const int64_t* shape, burin_tensor* out);
  /* *out: how many bytes the module should stay below on `device` now; an estimate. *out is
   * untouched on error. Errors: INVALID, UNSUPPORTED. [any-thread] */
  burin_status (*available)(const burin_host* host, DLDevice device, uint64_t* out);
} burin_memory;

#endif
