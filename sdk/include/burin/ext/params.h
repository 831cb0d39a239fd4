/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Module extension: the parameters of a descriptor, declared with type, range, default and text, so
 * that a command line or a dialog can offer them, and given to instances.
 *
 * Served by burin_plugin_entry.get_extension(descriptor id, BURIN_PARAMS_ID). A new instance has
 * the defaults; what costs time, such as loading a model a parameter names, waits for the first
 * call that needs it. */
#ifndef BURIN_EXT_PARAMS_H
#define BURIN_EXT_PARAMS_H

#include "burin/abi.h"
#include "burin/status.h"

#define BURIN_PARAMS_ID "burin.params/1"

typedef int32_t burin_param_type;
enum {
  BURIN_PARAM_BOOL = 1,   /* number: 0 or 1 */
  BURIN_PARAM_INT = 2,    /* number: whole, from -2^53 to 2^53 */
  BURIN_PARAM_DOUBLE = 3, /* number: finite */
  BURIN_PARAM_CHOICE = 4, /* text: id of one of the choices */
  BURIN_PARAM_TEXT = 5,   /* text: any UTF-8 */
  BURIN_PARAM_PATH = 6    /* text: a file or folder, absolute, UTF-8; "": none */
};

enum {
  BURIN_PARAM_ADVANCED = 1u, /* a dialog may hide it at first */
  BURIN_PARAM_SEED = 2u      /* INT: a dialog may offer to draw one */
};

typedef struct burin_param_choice {
  uint32_t struct_size;
  const char* id;          /* lower-case letters, digits and '_', as in a command line */
  const char* name;        /* for people, UTF-8 */
  const char* description; /* (optional) one sentence */
} burin_param_choice;

/* Static, as are the strings: UTF-8, one line without control characters, at most 4096 bytes. */
typedef struct burin_param {
  uint32_t struct_size;
  burin_param_type type;
  uint32_t flags;           /* BURIN_PARAM_ADVANCED, BURIN_PARAM_SEED */
  uint32_t choice_count;    /* CHOICE: at least 1; else 0 */
  const char* id;           /* lower-case letters, digits and '_', first a letter; unique in the
                               descriptor; never given another meaning */
  const char* name;         /* for people, UTF-8 */
  const char* description;  /* one sentence */
  const char* unit;         /* (optional) "px", "%", ...; NULL: none */
  double minimum, maximum;  /* INT and DOUBLE: both belong to the range; else 0 */
  double default_number;    /* BOOL, INT, DOUBLE: in the range */
  const char* default_text; /* CHOICE, TEXT, PATH: never NULL for these */
  const burin_param_choice* const* choices; /* CHOICE */
} burin_param;

/* One value; which member holds, burin_param_type says. */
typedef struct burin_param_value {
  uint32_t struct_size;
  burin_param_type type;
  double number;
  const char* text; /* UTF-8 */
} burin_param_value;

typedef struct burin_params {
  uint32_t struct_size;
  uint32_t count;                   /* of `params`, at most 1024 */
  const burin_param* const* params; /* in the order of a dialog; static */
  /* Takes effect from the instance's next call on; text is copied. An instance keeps the value it
   * had when this fails. Errors: NOT_FOUND (no such id), INVALID (another type, out of range, no
   * such choice, not finite), MEMORY. [work-thread] */
  burin_status (*set)(void* self, const char* id, const burin_param_value* value);
  /* The value that holds; text lives until the next call of set or the end of the instance. *out is
   * untouched on error. Errors: NOT_FOUND, INVALID (NULL). [work-thread] */
  burin_status (*get)(void* self, const char* id, burin_param_value* out);
} burin_params;

#endif
