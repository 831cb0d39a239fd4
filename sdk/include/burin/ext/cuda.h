/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Module extension: tensors in the memory of a CUDA device, and the stream they are worked on.
 *
 * Served by burin_plugin_entry.get_extension(descriptor id, BURIN_CUDA_ID) for a descriptor whose
 * `cuda` is BURIN_CUDA_YES or BURIN_CUDA_NEEDED. Without it a module is given CPU tensors alone;
 * it may use a device inside its calls, and everything is complete when they return.
 *
 * Rationale: a module that waits for the device stops everybody's work on it, so a call that got a
 * stream only adds work to it. */
#ifndef BURIN_EXT_CUDA_H
#define BURIN_EXT_CUDA_H

#include "burin/abi.h"
#include "burin/status.h"

#define BURIN_CUDA_ID "burin.cuda/1"

typedef struct burin_cuda {
  uint32_t struct_size;
  /* From the next call on, where a role's comment allows it, tensors of the instance are on CUDA
   * device `device` (kDLCUDA), 0 or more, and work on them is added to `stream` (a cudaStream_t):
   * what was added before it is ready for the call, results are ready for what is added after it.
   * The call neither synchronises with the device nor uses another stream without an event that
   * orders both, and memory of burin/ext/memory.h is released with the stream. device -1, stream
   * NULL: back to the CPU. The host keeps `stream` alive until the next call of this function or
   * the end of the instance. Errors: INVALID, UNSUPPORTED (that device), MEMORY. [work-thread] */
  burin_status (*use_stream)(void* self, int32_t device, void* stream);
} burin_cuda;

#endif
