/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * What every module in C begins and ends with: refusals, the check of the host, and burin_entry for
 * a module with one descriptor. Modules in C++ have burin/cpp/plugin.hpp. */
#ifndef BURIN_PLUGIN_H
#define BURIN_PLUGIN_H

#include <stdio.h>
#include <string.h>

#include "burin/abi.h"
#include "burin/entry.h"
#include "burin/host.h"
#include "burin/status.h"

/* Returns `status` and leaves `sentence` (UTF-8, copied) with the host, so that a check is one
 * line. A host that is NULL or takes no sentences is fine. [any-thread] */
static inline burin_status burin_refuse(const burin_host* host, burin_status status,
                                        const char* sentence) {
  if (host && BURIN_HAS(host, set_error) && host->set_error) host->set_error(host, sentence);
  return status;
}

/* BURIN_OK for a host that speaks this ABI. Errors: INVALID (NULL, or shorter than the first
 * revision), UNSUPPORTED (another major version, with a sentence that names both). [any-thread] */
static inline burin_status burin_check_host(const burin_host* host) {
  char sentence[96];
  if (!host || !BURIN_HAS(host, set_error)) return BURIN_E_INVALID;
  if (host->abi.major == BURIN_ABI_MAJOR) return BURIN_OK;
  snprintf(sentence, sizeof sentence,
           "The host speaks Burin ABI %u and this module %u; they must agree.",
           (unsigned)host->abi.major, (unsigned)BURIN_ABI_MAJOR);
  return burin_refuse(host, BURIN_E_UNSUPPORTED, sentence);
}

/* Makes burin_entry of a burin_descriptor and the table of its role, both static objects. The
 * module serves no extension and has nothing to do at init but to check the host. Once, at file
 * scope, with a semicolon. */
#define BURIN_SINGLE_PLUGIN(about, role_table)                              \
  static void burin_plugin_deinit_(void) {}                                 \
  static uint32_t burin_plugin_count_(void) { return 1; }                   \
  static const burin_descriptor* burin_plugin_descriptor_(uint32_t index) { \
    return index == 0 ? &(about) : NULL;                                    \
  }                                                                         \
  static const void* burin_plugin_interface_(const char* id) {              \
    return id && strcmp(id, (about).id) == 0 ? &(role_table) : NULL;        \
  }                                                                         \
  const burin_plugin_entry burin_entry = {                                  \
      sizeof(burin_plugin_entry), {BURIN_ABI_MAJOR, BURIN_ABI_MINOR},       \
      burin_check_host,           burin_plugin_deinit_,                     \
      burin_plugin_count_,        burin_plugin_descriptor_,                 \
      burin_plugin_interface_,    NULL}

#endif
