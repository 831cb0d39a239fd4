/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * libburin for programs: a burin_host, the modules found on this machine, the last error. Modules
 * never need this header. */
#ifndef BURIN_LOADER_H
#define BURIN_LOADER_H

#include "burin/entry.h"
#include "burin/ext/log.h"
#include "burin/tensor.h"

/* A host with the modules it has opened. Serves burin.log/1, burin.modules/1, burin.memory/1
 * (the CPU's) and, when read_image is given, burin.image_reader/1. */
typedef struct burin_loader burin_loader;

typedef struct burin_loader_options {
  uint32_t struct_size;
  const char* name;    /* (optional) of the program; NULL: "burin" */
  const char* version; /* (optional) semantic version of the program; NULL: libburin's */
  const char* const*
      plugin_dirs; /* (optional) UTF-8, searched before all others, plugin_dir_count of them */
  size_t plugin_dir_count;
  void* ctx; /* (optional) given to the two callbacks */
  /* (optional) Log lines of libburin and of the modules, severity >= least_severity. [any-thread]
   */
  void (*log)(void* ctx, burin_log_severity severity, const char* utf8);
  burin_log_severity least_severity; /* 0: BURIN_LOG_INFO */
  /* (optional) As burin_image_reader's read; says its reason with burin_set_last_error.
   * [any-thread] */
  burin_status (*read_image)(void* ctx, const char* path, burin_tensor* out);
  int32_t rescan; /* nonzero: what earlier scans found is forgotten */
} burin_loader_options;

typedef struct burin_module_info {
  uint32_t struct_size;
  const burin_descriptor* descriptor;
  const char* file;     /* absolute path of the module */
  const char* data_dir; /* (optional) folder of its data files; NULL: there is none */
} burin_module_info;

/* A file of the search path that is not used, wholly or in part. */
typedef struct burin_module_problem {
  uint32_t struct_size;
  burin_status status;
  const char* file;     /* absolute path */
  const char* sentence; /* what is wrong with it */
} burin_module_problem;

/* Copies `options` (NULL: defaults) and opens nothing yet. Errors: INVALID, MEMORY. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_loader_create(const burin_loader_options* options,
                                                             burin_loader** out);

/* Calls deinit of every module that was initialised. Everything made through them must be destroyed
 * before; their code stays loaded to the end of the process. Accepts NULL. [host-thread] */
BURIN_EXTERN_C BURIN_EXPORT void burin_loader_destroy(burin_loader* loader);

/* Lives as long as the loader; NULL for NULL. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT const burin_host* burin_loader_host(const burin_loader* loader);

/* Adds the module in `file` before those that are searched for. Refused: a file that is no module,
 * whose ABI major differs, whose descriptors break their contract, or that crashes or hangs where
 * it is looked at: in a process of its own, as burin_loader_find has it. A file already open is
 * fine. Errors: INVALID, NOT_FOUND, UNSUPPORTED (the ABI), INTERNAL (it crashed or hung), MEMORY.
 * [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_loader_open(burin_loader* loader, const char* file);

/* The interface of the first module that plays `role` and whose id is `name` or ends in "." + name;
 * name NULL or "": the first that plays the role. The module is initialised on first use. *data_dir
 * (may be NULL) gets the folder of its data files, or NULL; both results live as long as the
 * loader.
 *
 * Order: modules given to burin_loader_open; for the engine libburin_core.so ($BURIN_CORE_PATH
 * (file or folder) and nothing else when it is set, burin/ beside libburin, beside libburin); then
 * every *.burin of the folders plugin_dirs, $BURIN_PLUGIN_PATH (separated by ':'),
 * ~/.local/lib/burin/plugins and burin/plugins beside libburin, by name within a folder. Of two
 * modules with one id the first wins and a warning names both files.
 *
 * Files of folders are looked at in a process of their own (burin/burin-scan beside libburin) for
 * up to $BURIN_SCAN_SECONDS (10), so that one that crashes or hangs is refused and no more; what
 * was found is kept in $XDG_CACHE_HOME/burin (~/.cache/burin) as long as a file keeps its size and
 * time. A file is opened in this process when it is first used.
 *
 * Data files: $BURIN_DATA_DIR/models; else models/ beside the module; else share/burin/models in
 * the nearest folder above the module, then above libburin. Errors: INVALID (NULL, or
 * a module whose table is too short or lacks a function), NOT_FOUND (the sentence lists the ids
 * there are), and whatever the module's init returned. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_loader_find(burin_loader* loader, const char* role,
                                                           const char* name,
                                                           const void** interface_out,
                                                           const char** data_dir);

/* What the module that burin_loader_find chooses offers beside its role, by the extension's id
 * ("burin.params/1"). Burin's own are looked at first: their tables are whole, and every declared
 * parameter keeps to burin/ext/params.h. Errors: as burin_loader_find; UNSUPPORTED when the module
 * has no such extension. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_loader_extension(burin_loader* loader,
                                                                const char* role, const char* name,
                                                                const char* extension,
                                                                const void** interface_out);

/* How many modules play `role` (NULL: any; the engine module is counted only once it was asked for
 * by role or opened). Looks at what the search path has and initialises nothing. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT size_t burin_loader_count(burin_loader* loader, const char* role);

/* The index-th of them, in order of precedence; the strings live as long as the loader. Errors:
 * INVALID. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_loader_module(burin_loader* loader, const char* role,
                                                             size_t index, burin_module_info* out);

/* How many problems the search path has. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT size_t burin_loader_problem_count(burin_loader* loader);

/* The index-th of them, in the order of the search; the strings live as long as the loader. Errors:
 * INVALID. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_loader_problem(burin_loader* loader, size_t index,
                                                              burin_module_problem* out);

/* The sentence of the last failure on this thread, "" when there is none; until the next call on
 * this thread. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT const char* burin_last_error(void);

/* Replaces it; NULL clears. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT void burin_set_last_error(const char* utf8);

/* Semantic version of libburin; static. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT const char* burin_version(void);

#endif
