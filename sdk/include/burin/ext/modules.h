/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Host extension: other modules by role, so that an engine uses detectors through the ABI alone. */
#ifndef BURIN_EXT_MODULES_H
#define BURIN_EXT_MODULES_H

#include "burin/host.h"

#define BURIN_MODULES_ID "burin.modules/1"

typedef struct burin_modules {
  uint32_t struct_size;
  /* The interface of the first module that plays `role` and whose id is `name` or ends in "." +
   * name; NULL with set_error when there is none (the sentence lists those there are). *data_dir
   * (may be NULL) gets the folder of its data files, or NULL. Both live as long as the host.
   * [any-thread] */
  const void* (*find)(const burin_host* host, const char* role, const char* name,
                      const char** data_dir);
} burin_modules;

#endif
