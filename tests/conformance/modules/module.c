/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * The entry of every module of these tests. */
#include "module.h"

#include <dlfcn.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

const burin_host* host_;
int broken;
static int inits;
static burin_descriptor changed;

__attribute__((weak)) void prepare(void) {}

__attribute__((constructor)) static void choose(void) {
  static const char* const ways[] = {
#define BURIN_NAME(name) #name,
      BURIN_WAYS(BURIN_NAME)
#undef BURIN_NAME
  };
  const char* wanted = getenv("BURIN_BROKEN");
  if (wanted == NULL) return;
  for (size_t i = 0; i < sizeof ways / sizeof *ways; ++i) {
    if (strcmp(ways[i], wanted) == 0) broken = (int)i;
  }
  if (broken == NOTHING) {
    fprintf(stderr, "BURIN_BROKEN is '%s', which no module here knows.\n", wanted);
    abort();
  }
  prepare();
}

static burin_status init(const burin_host* host) {
  char sentence[128];
  if (host == NULL || host->struct_size < sizeof(burin_abi) + sizeof(uint32_t)) {
    return BURIN_E_INVALID;
  }
  if (broken == READS_ON) {
    static const char* version;
    version = host->last_error != NULL ? host->version : NULL;
    if (version != NULL && version[0] == 'x') return BURIN_E_INVALID;
  }
  if (!BURIN_HAS(host, set_error)) return BURIN_E_INVALID;
  if (broken != ANY_MAJOR && host->abi.major != BURIN_ABI_MAJOR) {
    snprintf(sentence, sizeof sentence, "The host speaks ABI %u and this module %d.",
             host->abi.major, BURIN_ABI_MAJOR);
    host->set_error(host, sentence);
    return BURIN_E_UNSUPPORTED;
  }
  if (broken == NO_MINOR && host->abi.minor != BURIN_ABI_MINOR) {
    host->set_error(host, "The host has another minor version.");
    return BURIN_E_UNSUPPORTED;
  }
  if (broken == LOST_AFTER_INIT && inits == -1) {
    host->set_error(host, "This module starts only once.");
    return BURIN_E_INTERNAL;
  }
  host_ = host;
  ++inits;
  return BURIN_OK;
}

static void deinit(void) {
  --inits;
  if (broken == LOST_AFTER_INIT && inits == 0) inits = -1;
}

static void* wait_for_ever(void* nothing) {
  for (;;) pause();
  return nothing;
}

static uint32_t count(void) {
  if (broken == CRASHES_AT_SCAN) abort();
  if (broken == SLOW_SCAN) {
    const struct timespec nap = {0, 150000000};
    nanosleep(&nap, NULL);
  }
  if (broken == PRINTS_AT_SCAN) puts("Hello from a module!");
  if (broken == THREAD_AT_SCAN) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_ever, NULL) == 0) pthread_detach(thread);
  }
  if (broken == CUDA_AT_SCAN) dlopen(getenv("BURIN_FAKE_CUDA"), RTLD_NOW);
  return 1;
}

static const burin_descriptor* descriptor(uint32_t index) {
  if (index != 0) return NULL;
  if (broken == CHANGES_ITS_NAME && inits > 0) {
    changed = about;
    changed.name = "Another name";
    return &changed;
  }
  return &about;
}

static const void* get_interface(const char* id) {
  const size_t whole = strlen(about.id);
  if (broken == ANY_ID) return strncmp(id, about.id, whole) == 0 ? functions : NULL;
  return strcmp(id, about.id) == 0 ? functions : NULL;
}

static const void* get_extension(const char* id, const char* name) {
  return strcmp(id, about.id) == 0 ? extension(name) : NULL;
}

typedef struct {
  int64_t shape[4];
} own_tensor;

static void release_own(burin_tensor* self) {
  if (self == NULL) return;
  free(self->ctx);
  self->ctx = NULL;
}

burin_status new_tensor(int32_t ndim, const int64_t* shape, burin_tensor* out) {
  const burin_memory* memory = host_->get_interface(host_, BURIN_MEMORY_ID);
  const DLDataType f32 = {kDLFloat, 32, 1};
  own_tensor* own;
  int64_t elements = 1;
  if (memory != NULL) {
    if (broken == KEEPS_HOST_MEMORY) {
      const DLDevice cpu = {kDLCPU, 0};
      void* kept = NULL;
      if (memory->allocate(host_, cpu, 100, NULL, &kept) != BURIN_OK) return BURIN_E_MEMORY;
    }
    if (broken == FORGETS_NO_MEMORY) {
      if (memory->tensor(host_, f32, ndim, shape, out) != BURIN_OK) {
        host_->set_error(host_, "");
        return BURIN_E_MEMORY;
      }
      return BURIN_OK;
    }
    return memory->tensor(host_, f32, ndim, shape, out);
  }
  for (int32_t i = 0; i < ndim; ++i) elements *= shape[i];
  own = calloc(1, sizeof *own + (size_t)elements * sizeof(float));
  if (own == NULL) return refuse(BURIN_E_MEMORY, "There is not enough memory.");
  memcpy(own->shape, shape, (size_t)ndim * sizeof *shape);
  memset(&out->dl, 0, sizeof out->dl);
  out->dl.data = own + 1;
  out->dl.device.device_type = kDLCPU;
  out->dl.ndim = ndim;
  out->dl.dtype = f32;
  out->dl.shape = own->shape;
  out->flags = 0;
  out->ctx = own;
  out->release = release_own;
  return BURIN_OK;
}

#ifndef MAJOR
#define MAJOR BURIN_ABI_MAJOR
#endif

#ifdef SECOND_SYMBOL
BURIN_EXPORT int helper_that_should_be_hidden(void) { return inits; }
#endif

const burin_plugin_entry burin_entry = {.struct_size = sizeof burin_entry,
                                        .abi = {MAJOR, BURIN_ABI_MINOR},
                                        .init = init,
                                        .deinit = deinit,
                                        .count = count,
                                        .descriptor = descriptor,
                                        .get_interface = get_interface,
                                        .get_extension = get_extension};
