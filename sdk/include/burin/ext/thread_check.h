/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Host extension: what kind of call the current thread may make, so that a module can assert the
 * tags of its functions. Served by hosts that know. */
#ifndef BURIN_EXT_THREAD_CHECK_H
#define BURIN_EXT_THREAD_CHECK_H

#include "burin/host.h"

#define BURIN_THREAD_CHECK_ID "burin.thread_check/1"

typedef struct burin_thread_check {
  uint32_t struct_size;
  /* Nonzero when the current thread may make [host-thread] calls now. [any-thread] */
  int32_t (*is_host_thread)(const burin_host* host);
  /* Nonzero when the current thread may make [work-thread] calls now. [any-thread] */
  int32_t (*is_work_thread)(const burin_host* host);
} burin_thread_check;

#endif
