/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Module extension: what an instance holds beyond its parameters, as bytes that the host keeps.
 *
 * Served by burin_plugin_entry.get_extension(descriptor id, BURIN_STATE_ID). Parameters belong into
 * the state too: load(save()) gives an instance that works like the one that was saved. */
#ifndef BURIN_EXT_STATE_H
#define BURIN_EXT_STATE_H

#include "burin/abi.h"
#include "burin/status.h"
#include "burin/tensor.h"

#define BURIN_STATE_ID "burin.state/1"

typedef struct burin_state {
  uint32_t struct_size;
  /* out: uint8 [size], CPU, C order, owned by the receiver; the same bytes for the same state on
   * every machine, readable by every later version of the module. Errors: INVALID (NULL), MEMORY.
   * [work-thread] */
  burin_status (*save)(void* self, burin_tensor* out);
  /* bytes: `size` of them, borrowed. They may come from anywhere: what save did not write is
   * refused, and the instance stays as it was. Errors: INVALID (malformed), UNSUPPORTED (of a newer
   * version), MEMORY. [work-thread] */
  burin_status (*load)(void* self, const void* bytes, size_t size);
} burin_state;

#endif
