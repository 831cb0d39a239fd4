/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * What a module can ask of whoever loaded it. The host outlives every module it initialised. */
#ifndef BURIN_HOST_H
#define BURIN_HOST_H

#include "burin/abi.h"
#include "burin/status.h"

typedef struct burin_host {
  uint32_t struct_size;
  burin_abi abi;
  const char* name;    /* UTF-8, e.g. "burin"; lives as long as the host */
  const char* version; /* semantic version */
  void* ctx;           /* the host's own */
  /* An extension of the host by id ("burin.log/1"), or NULL. Lives as long as the host.
   * [any-thread] */
  const void* (*get_interface)(const struct burin_host* host, const char* id);
  /* Records the sentence for the status about to be returned on this thread; the text is copied.
   * [any-thread] */
  void (*set_error)(const struct burin_host* host, const char* utf8);
  /* The sentence recorded last on this thread, "" when there is none; until the next call of
   * set_error on this thread. [any-thread] */
  const char* (*last_error)(const struct burin_host* host);
} burin_host;

#endif
