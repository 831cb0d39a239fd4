/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * ABI version, struct versioning and export macros shared by every Burin interface.
 *
 * Every struct that crosses a module boundary starts with `uint32_t struct_size`, set by the side
 * that fills it. Members are only ever appended; a reader treats members beyond the writer's
 * struct_size as zero (BURIN_HAS). A larger struct from a newer peer is accepted. A struct that the
 * caller lends to be filled has its size in struct_size on entry (0: that of the first revision)
 * and the size that was written on return.
 *
 * Every function says last who may call it. [host-thread]: one call at a time for the whole module,
 * never beside another [host-thread] call of it; short, for a host may make it on the thread of its
 * user interface. [work-thread]: one call at a time for the same instance, on any thread.
 * [any-thread]: no rule. */
#ifndef BURIN_ABI_H
#define BURIN_ABI_H

#include <stddef.h>
#include <stdint.h>

#define BURIN_ABI_MAJOR 1
#define BURIN_ABI_MINOR 0

#ifdef __cplusplus
#define BURIN_EXTERN_C extern "C"
#else
#define BURIN_EXTERN_C extern
#endif

#define BURIN_EXPORT __attribute__((visibility("default")))

/* Nonzero when the struct that `p` points to was written with member `m`. */
#define BURIN_HAS(p, m) \
  ((p)->struct_size >= (size_t)((const char*)&(p)->m - (const char*)(p)) + sizeof((p)->m))

typedef struct burin_abi {
  uint32_t major; /* differs: the peers refuse each other with a sentence naming both numbers */
  uint32_t minor; /* never a reason to refuse */
} burin_abi;

#endif
