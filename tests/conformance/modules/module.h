/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * What the modules of these tests share: their entry, and checks of tensors. A module is good
 * unless its build says broken=..., and then it is broken in that one way. */
#ifndef BURIN_CONFORMANCE_MODULE_H
#define BURIN_CONFORMANCE_MODULE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "burin/entry.h"
#include "burin/ext/memory.h"
#include "burin/run.h"
#include "burin/tensor.h"

/* The ways in which the module can be broken. */
/* clang-format off */
#define BURIN_WAYS(X) \
  X(NOTHING) X(ANY_MAJOR) X(ANY_ID) X(NO_MINOR) X(READS_ON) X(LOST_AFTER_INIT) \
  X(CRASHES_AT_SCAN) X(SLOW_SCAN) X(CUDA_AT_SCAN) X(BAD_ID) X(BAD_VERSION) X(BAD_LICENCE) \
  X(NO_NAME) X(CHANGES_ITS_NAME) X(LACKS_A_FUNCTION) X(CREATE_FAILS) X(LEAKS_ITSELF) \
  X(LEAKS_RESULTS) X(SHARED_STATE) X(THREAD_BOUND) X(OTHER_THREAD) X(FALLING_PROGRESS) \
  X(IGNORES_CANCEL) X(NEVER_ASKS) X(KEEPS_HOST_MEMORY) X(CHECKS_NOTHING) X(SAYS_NOTHING) \
  X(UNKNOWN_STATUS) X(TOUCHES_OUT) X(FORGETS_NO_MEMORY) X(WRITES_INPUT) X(IGNORES_STRIDES) \
  X(CRASHES_WHEN_TALL) X(SMALL_ITEMS) X(NO_RELEASE) X(NAN_BOX) X(BOX_OUTSIDE) X(UNSORTED) \
  X(MASK_OUT_OF_RANGE) X(MORE_WITH_THRESHOLD) X(HANGS) X(WRONG_SIZE) X(NAN_VALUES) X(SEAMS) \
  X(OUT_OF_RANGE) X(BAD_DEFAULT) X(WRONG_FIRST_VALUE) X(TAKES_ANY_VALUE) X(CLAMPS_SILENTLY) \
  X(LOSES_STATE) X(TAKES_ANY_STATE) X(RISES) X(TOO_MANY) X(NOT_REPEATABLE) X(SKIPS_A_STEP) \
  X(STOPS_SHORT) X(GOES_ON_AFTER_FAILURE) X(KEEPS_TWICE) X(LEAVES_PICTURE) X(NO_STEPS) \
  X(SWAPS_TENSOR) X(CRASHES_AT_RANDOM) X(UNDECLARED_CUDA) X(TAKES_ANY_DEVICE) \
  X(STAYS_ON_DEVICE) X(OTHER_ON_STREAM) X(PRINTS_AT_SCAN) X(THREAD_AT_SCAN) X(PRINTS) X(LONG_ID) \
  X(CONTROL_NAME) X(EXITS) X(HUGE_COUNT) X(NEGATIVE_MASK) X(NAN_MASK) X(MASK_IN_PICTURE) \
  X(GIVES_INPUT_BACK)
/* clang-format on */
#define BURIN_WAY(name) name,
enum { BURIN_WAYS(BURIN_WAY) };
#undef BURIN_WAY

/* The way that the environment's BURIN_BROKEN names; NOTHING without it. */
extern int broken;

/* (optional) Breaks what is static; called when the module is loaded. */
void prepare(void);

extern const burin_host* host_;

/* Leaves the sentence and returns the status. */
static inline burin_status refuse(burin_status status, const char* sentence) {
  if (broken != SAYS_NOTHING) host_->set_error(host_, sentence);
  return broken == UNKNOWN_STATUS && status == BURIN_E_INVALID ? 4711 : status;
}

static inline int is_tensor(const DLTensor* t, int32_t ndim, uint8_t code, uint8_t bits) {
  return t != NULL && t->ndim == ndim && t->dtype.code == code && t->dtype.bits == bits &&
         t->dtype.lanes == 1 && t->device.device_type == kDLCPU && t->shape != NULL &&
         t->data != NULL;
}

static inline int is_picture(const DLTensor* t, uint8_t code, uint8_t bits) {
  if (broken == CHECKS_NOTHING) return t != NULL;
  return is_tensor(t, 3, code, bits) && t->shape[2] == 3 && t->shape[0] > 0 && t->shape[1] > 0;
}

static inline const char* element(const DLTensor* t, int64_t y, int64_t x, int64_t c) {
  const int64_t columns = t->shape[1], channels = t->ndim > 2 ? t->shape[2] : 1;
  const int plain = t->strides == NULL || (broken == IGNORES_STRIDES && t->strides[0] > 0);
  const int64_t at =
      plain ? (y * columns + x) * channels + c
            : y * t->strides[0] + x * t->strides[1] + (t->ndim > 2 ? c * t->strides[2] : 0);
  return (const char*)t->data + t->byte_offset + at * (t->dtype.bits / 8);
}

static inline float number(const DLTensor* t, int64_t y, int64_t x, int64_t c) {
  float value;
  memcpy(&value, element(t, y, x, c), sizeof value);
  return value;
}

static inline int cancelled(const burin_run* run) {
  return run != NULL && run->cancelled != NULL && run->cancelled(run->ctx) != 0;
}

static inline void report(const burin_run* run, double fraction) {
  const burin_progress progress = {sizeof progress, fraction, -1, "work", "working"};
  if (run != NULL && run->progress != NULL) run->progress(run->ctx, &progress);
}

/* A float32 tensor of the host's memory, or of the module's own where the host has no extension. */
burin_status new_tensor(int32_t ndim, const int64_t* shape, burin_tensor* out);

/* What a module's own file says. */
extern burin_descriptor about;
extern const void* const functions;
const void* extension(const char* id);

#endif
