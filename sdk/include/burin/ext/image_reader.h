/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Host extension: reads image files, so that a mask or control image may be in any format the host
 * knows. */
#ifndef BURIN_EXT_IMAGE_READER_H
#define BURIN_EXT_IMAGE_READER_H

#include "burin/host.h"
#include "burin/tensor.h"

#define BURIN_IMAGE_READER_ID "burin.image_reader/1"

typedef struct burin_image_reader {
  uint32_t struct_size;
  /* Reads `path` as it is stored: uint8, uint16, float16 or float32 [height, width, channels], CPU,
   * C order. Errors: NOT_FOUND, IO, IMAGE, MEMORY. [any-thread] */
  burin_status (*read)(const burin_host* host, const char* path, burin_tensor* out);
} burin_image_reader;

#endif
