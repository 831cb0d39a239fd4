/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * The role that the test modules play. */
#ifndef BURIN_TEST_VARIANT_H
#define BURIN_TEST_VARIANT_H

#include <stdint.h>

#define TEST_ROLE_ID "burin.test/1"

typedef struct test_role {
  uint32_t struct_size;
  const char* id;
  int (*inits)(void); /* inits less deinits */
  void (*say)(const char* text, int32_t severity);
  const void* (*look_for)(const char* role, const char* name);
  int (*host_has)(const char* id);
} test_role;

#endif
