/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * The one symbol a module exports: `burin_entry`. Asking for descriptors creates nothing and
 * touches no GPU. */
#ifndef BURIN_ENTRY_H
#define BURIN_ENTRY_H

#include "burin/abi.h"
#include "burin/host.h"
#include "burin/status.h"

typedef int32_t burin_cuda_use;
enum { BURIN_CUDA_NO = 1, BURIN_CUDA_YES = 2, BURIN_CUDA_NEEDED = 3 };

/* Static, as are the texts: UTF-8, one line without control characters, at most 4096 bytes. id,
 * role, name, version and licence are neither NULL nor "". */
typedef struct burin_descriptor {
  uint32_t struct_size;
  const char* id;   /* reverse-domain or "burin." + name, e.g. "burin.detector.yunet": at most 128
                       letters, digits, '-' and '_' in two or more parts with '.' between them */
  const char* role; /* interface id of the role it plays, e.g. BURIN_DETECTOR_ID */
  const char* name; /* for people */
  const char* version; /* semantic version */
  const char* vendor;
  const char* licence;     /* SPDX expression */
  const char* description; /* one sentence */
  burin_cuda_use cuda;
} burin_descriptor;

typedef struct burin_plugin_entry {
  uint32_t struct_size;
  burin_abi abi;
  /* Counted: each successful init is paired with one deinit. `host` stays valid until the last
   * deinit. Errors: INVALID (host NULL or too short), UNSUPPORTED (its ABI major), any other of the
   * module's own. [host-thread] */
  burin_status (*init)(const burin_host* host);
  /* The last deinit frees what the module made; nothing of it is called afterwards but init.
   * [host-thread] */
  void (*deinit)(void);
  /* How many descriptors there are, at least 1; also before init. [any-thread] */
  uint32_t (*count)(void);
  /* NULL beyond count; also before init; static. [any-thread] */
  const burin_descriptor* (*descriptor)(uint32_t index);
  /* The role interface of descriptor `id`, or NULL when the id is unknown. Only after init.
   * [any-thread] */
  const void* (*get_interface)(const char* id);
  /* (optional, may be NULL) What descriptor `id` offers beside its role: the interface of
   * `extension` ("burin.params/1", "burin.state/1", "burin.cuda/1", or one of the module's own
   * making), or NULL when either is unknown. Its functions take the instances that the role's
   * create made. Only after init; lives until the last deinit. [any-thread] */
  const void* (*get_extension)(const char* id, const char* extension);
} burin_plugin_entry;

BURIN_EXTERN_C BURIN_EXPORT const burin_plugin_entry burin_entry;

#endif
