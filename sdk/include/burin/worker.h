/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * The worker: one process a user that keeps the engine and its models, for programs that must not
 * hold gigabytes, must not crash, or do not live long. Here is its client: the worker is started
 * when it is needed, and offers the role engine as if it were in this process. */
#ifndef BURIN_WORKER_H
#define BURIN_WORKER_H

#include "burin/role/engine.h"

/* Where a worker is reached and how it is started. Holds no connection. */
typedef struct burin_worker burin_worker;

typedef int32_t burin_worker_start;
enum { BURIN_WORKER_START_ON_DEMAND = 1, BURIN_WORKER_START_NEVER = 2 };

typedef struct burin_worker_options {
  uint32_t struct_size;
  /* (optional) Absolute path of a Unix socket, or "ssh://[user@]host[:port][/path/of/burin]": a
   * worker on another machine, whose files the job's paths then name. NULL or "":
   * $BURIN_WORKER_ADDRESS, else worker-1.sock in $XDG_RUNTIME_DIR/burin, else in /tmp/burin-UID. */
  const char* address;
  /* (optional) The program burin, started as `burin serve`. NULL or "": $BURIN_PROGRAM, else
   * bin/burin in the folder above libburin's (or the next one up), else burin in $PATH. */
  const char* program;
  burin_worker_start start; /* 0: on demand */
  /* For a worker that is started here: seconds without a job after which models leave memory, and
   * seconds without a client after which it ends. 0: 600 and 1800. */
  double unload_after_s;
  double exit_after_s;
  double start_timeout_s; /* how long a start may take; 0: 30 */
  const char* client;     /* (optional) who asks, for its log: "gimp 2.10" */
  const burin_host* host; /* (optional) gets log lines of engine calls by burin.log/1; must outlive
                             the worker and its engines */
} burin_worker_options;

/* The texts live until the next call with this struct's worker, or until it is destroyed. */
typedef struct burin_worker_status {
  uint32_t struct_size;
  uint32_t protocol_major;
  uint32_t protocol_minor;
  int64_t pid;
  double uptime_s;
  double idle_s;              /* since the last job ended; 0 while one runs */
  uint64_t memory_bytes;      /* resident */
  uint64_t peak_memory_bytes; /* largest resident size so far */
  uint32_t clients;           /* this one too */
  uint32_t jobs_running;      /* 0 or 1 */
  uint32_t jobs_waiting;
  uint64_t jobs_done;  /* since its start, failed and cancelled ones included */
  const char* version; /* of the worker's program */
  const char* models;  /* paths of models in memory, one a line; "built-in"; "": none */
  const char* device;  /* the device option of the engine in memory; "": none */
} burin_worker_status;

/* Copies `options` (NULL: defaults); neither connects nor starts anything. Errors: INVALID (an
 * address that is neither form, a path too long for a socket), MEMORY. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_worker_create(const burin_worker_options* options,
                                                             burin_worker** out);

/* The worker's process goes on. Engines made from it must be destroyed before. Accepts NULL.
 * [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT void burin_worker_destroy(burin_worker* worker);

/* The path of the socket, or the ssh address; lives as long as `worker`; NULL for NULL.
 * [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT const char* burin_worker_address(const burin_worker* worker);

/* Makes sure that a worker answers and speaks this protocol; starts it where that is wanted.
 * Blocks up to start_timeout_s. Errors: NOT_FOUND (none runs and none is to be started, or the
 * program is missing), UNSUPPORTED (its protocol's major number differs; the sentence names both),
 * INVALID (the socket's folder or its owner is not to be trusted), IO, MEMORY. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_worker_connect(burin_worker* worker);

/* Asks a worker that runs; never starts one. One call at a time per worker. Errors: as connect;
 * NOT_FOUND: none runs. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_worker_get_status(burin_worker* worker,
                                                                 burin_worker_status* out);

/* Models leave memory, at once or when the running job ends. OK where no worker runs. Errors: as
 * connect. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_worker_release_memory(burin_worker* worker);

/* Ends the worker: jobs are cancelled, clients told. Returns when it is gone (10 s at most; then
 * IO). OK where none runs. Errors: as connect. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_worker_stop(burin_worker* worker);

/* A descriptor connected to the worker, before the first byte of the protocol (docs/protocol.md),
 * for who speaks that itself. Starts the worker where that is wanted. The caller closes it. Errors:
 * as connect; UNSUPPORTED for ssh addresses. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_worker_dial(burin_worker* worker, int* out);

/* What `burin plugins --json` prints where the worker is, here or through ssh: all modules and what
 * is wrong with files; with an id, or what follows its last dot, that module and the parameters it
 * declares (burin/ext/params.h). JSON in UTF-8 that lives until the next call of this with the same
 * worker, or until that is destroyed; *json is untouched on error. Runs the program in a process of
 * its own, whether a worker runs or not, so a module that crashes harms nobody. Blocks up to 30 s.
 * One call at a time per worker. Errors: NOT_FOUND (no program, or no such module), INVALID (an id
 * with other characters than letters, digits, '.', '_' and '-'), IO (it failed, with its own
 * sentence, or gave no answer in time), MEMORY. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status burin_worker_list_modules(burin_worker* worker,
                                                                   const char* id,
                                                                   const char** json);

/* The role engine over the worker; static. All its functions keep the contract of
 * burin/role/engine.h and moreover:
 * - create() is burin_worker_create_engine with a worker of default options;
 * - nothing connects before the first call that needs the worker, and a worker that has gone
 *   between two calls is started anew;
 * - a worker that ends during a call makes it return INTERNAL with a sentence; the next call starts
 *   another;
 * - cancelled() is asked every 20 ms while a call waits, on the thread that made the call;
 * - progress has the stage "queue" while other jobs come first;
 * - relative paths start in this process' working folder (for ssh: the other machine's /);
 * - flatten expects, bit for bit, the picture that was given to detail;
 * - results and texts belong to this process and outlive engine and worker. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT const burin_engine* burin_worker_engine(void);

/* An engine on the worker for use with burin_worker_engine(); its destroy() frees it. Engines with
 * the same options share their models, those of all clients included; one set of models is kept at
 * a time. Several engines of a worker may be used at once, each by one thread. Does not connect.
 * Errors: INVALID, MEMORY. [any-thread] */
BURIN_EXTERN_C BURIN_EXPORT burin_status
burin_worker_create_engine(burin_worker* worker, const burin_engine_options* options, void** self);

#endif
