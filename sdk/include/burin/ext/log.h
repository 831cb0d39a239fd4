/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Host extension: a place for log lines. */
#ifndef BURIN_EXT_LOG_H
#define BURIN_EXT_LOG_H

#include "burin/host.h"

#define BURIN_LOG_ID "burin.log/1"

typedef int32_t burin_log_severity;
enum {
  BURIN_LOG_DEBUG = 1,
  BURIN_LOG_INFO = 2,
  BURIN_LOG_WARNING = 3,
  BURIN_LOG_ERROR = 4,
  BURIN_LOG_HOST_MISBEHAVING = 5,
  BURIN_LOG_PLUGIN_MISBEHAVING = 6
};

typedef struct burin_log {
  uint32_t struct_size;
  burin_log_severity least; /* lines below it need not be made */
  /* text: UTF-8, one line, copied. [any-thread] */
  void (*write)(const burin_host* host, burin_log_severity severity, const char* text);
} burin_log;

#endif
