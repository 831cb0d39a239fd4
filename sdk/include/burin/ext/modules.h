/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Host extension: other modules by role, so that an engine uses detectors through the ABI alone. */
#ifndef BURIN_EXT_MODULES_H
#define BURIN_EXT_MODULES_H

#include "burin/entry.h"
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
  /* What the module that find chose for `role` and `name` offers beside its role: the interface of
   * `extension` for it, or NULL with set_error when there is no such module; NULL with "" when it
   * has no such extension. *id (may be NULL) gets the descriptor's id. Both live as long as the
   * host. [any-thread] */
  const void* (*extension)(const burin_host* host, const char* role, const char* name,
                           const char* extension, const char** id);
  /* How many modules play `role`. [any-thread] */
  size_t (*count)(const burin_host* host, const char* role);
  /* The descriptor of the index-th of them, in order of precedence, or NULL beyond count; lives as
   * long as the host. [any-thread] */
  const burin_descriptor* (*descriptor)(const burin_host* host, const char* role, size_t index);
} burin_modules;

#endif
