/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A small module, good or broken in one way; the build says which with VARIANT_*. */
#include <string.h>

#include "burin/entry.h"
#include "burin/ext/log.h"
#include "burin/ext/modules.h"
#include "modules/variant.h"

#ifndef VARIANT_ID
#define VARIANT_ID "burin.test.good"
#endif
#ifndef VARIANT_COUNT
#define VARIANT_COUNT 2
#endif
#ifndef VARIANT_SECOND_ID
#define VARIANT_SECOND_ID "org.example.second"
#endif
#ifndef VARIANT_MAJOR
#define VARIANT_MAJOR BURIN_ABI_MAJOR
#endif
#ifndef VARIANT_MINOR
#define VARIANT_MINOR BURIN_ABI_MINOR
#endif
#ifndef VARIANT_ENTRY_SIZE
#define VARIANT_ENTRY_SIZE sizeof(burin_plugin_entry)
#endif
#ifndef VARIANT_LICENCE
#define VARIANT_LICENCE "Apache-2.0"
#endif

static const burin_host* host_;
static int inits_;

static int inits(void) { return inits_; }
static void say(const char* text, int32_t severity) {
  const burin_log* log = host_->get_interface(host_, BURIN_LOG_ID);
  log->write(host_, severity, text);
}
static const void* look_for(const char* role, const char* name) {
  const burin_modules* modules = host_->get_interface(host_, BURIN_MODULES_ID);
  const char* data_dir = NULL;
  return modules->find(host_, role, name, &data_dir);
}
static int has(const char* id) { return host_->get_interface(host_, id) != NULL; }

static const test_role served = {sizeof(test_role), VARIANT_ID, inits, say, look_for, has};

static burin_status init(const burin_host* host) {
#ifdef VARIANT_INIT_FAILS
  host->set_error(host, "this machine has no abacus");
  return BURIN_E_UNSUPPORTED;
#elif defined(VARIANT_INIT_SILENT)
  (void)host;
  return BURIN_E_INTERNAL;
#else
  host_ = host;
  ++inits_;
  return BURIN_OK;
#endif
}
#ifndef VARIANT_NO_DEINIT
static void deinit(void) { --inits_; }
#endif
static uint32_t count(void) { return VARIANT_COUNT; }

static const burin_descriptor descriptors[] = {
    {sizeof(burin_descriptor), VARIANT_ID, TEST_ROLE_ID, "Good", "1.0.0", "Burin", VARIANT_LICENCE,
     "For tests.", BURIN_CUDA_NO},
    {sizeof(burin_descriptor), VARIANT_SECOND_ID, TEST_ROLE_ID, "Second", "1.0.0", "Burin",
     "Apache-2.0", "For tests.", BURIN_CUDA_NO}};

static const burin_descriptor* descriptor(uint32_t index) {
#ifdef VARIANT_NULL_DESCRIPTOR
  return index < 2 ? NULL : &descriptors[0];
#else
  return index < 2 ? &descriptors[index] : NULL;
#endif
}
static const void* get_interface(const char* id) {
#ifdef VARIANT_SERVES_NOTHING
  return id == NULL ? &served : NULL;
#else
  if (id == NULL) return NULL;
  return strcmp(id, VARIANT_ID) == 0 || strcmp(id, VARIANT_SECOND_ID) == 0 ? &served : NULL;
#endif
}

#ifdef VARIANT_OTHER_SYMBOL
BURIN_EXPORT const burin_plugin_entry burin_entry_of_mine;
#define burin_entry burin_entry_of_mine
#endif

const burin_plugin_entry burin_entry = {.struct_size = VARIANT_ENTRY_SIZE,
                                        .abi = {VARIANT_MAJOR, VARIANT_MINOR},
                                        .init = init,
#ifndef VARIANT_NO_DEINIT
                                        .deinit = deinit,
#endif
                                        .count = count,
                                        .descriptor = descriptor,
                                        .get_interface = get_interface};
