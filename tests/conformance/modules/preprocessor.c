/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A preprocessor with parameters and a state: the picture, brighter or inverted. */
#include "burin/role/preprocessor.h"

#include "burin/ext/params.h"
#include "burin/ext/state.h"
#include "module.h"

typedef struct {
  double gain;
  double invert;
} instance;

static burin_status create(const burin_host* host, const char* data_dir, void** self) {
  instance* made = calloc(1, sizeof *made);
  (void)host;
  (void)data_dir;
  if (made == NULL) return refuse(BURIN_E_MEMORY, "There is not enough memory.");
  made->gain = broken == WRONG_FIRST_VALUE ? 1.5 : 1;
  *self = made;
  return BURIN_OK;
}

static void destroy(void* self) { free(self); }

static burin_status process(void* self, const DLTensor* rgb, const burin_run* run,
                            burin_tensor* out) {
  const instance* me = self;
  burin_tensor made = {.struct_size = sizeof made};
  burin_status status;
  float* to;
  if (!is_picture(rgb, kDLFloat, 32)) {
    return refuse(BURIN_E_INVALID, "The picture is not float32 [h, w, 3] on the CPU.");
  }
  status = new_tensor(3, rgb->shape, &made);
  if (status != BURIN_OK) return status;
  to = made.dl.data;
  for (int64_t y = 0; y < rgb->shape[0]; ++y) {
    if (cancelled(run)) {
      made.release(&made);
      return refuse(BURIN_E_CANCELLED, "The work was cancelled.");
    }
    for (int64_t x = 0; x < rgb->shape[1]; ++x) {
      for (int64_t c = 0; c < 3; ++c) {
        double value = (double)number(rgb, y, x, c) * me->gain;
        if (me->invert != 0) value = 1 - value;
        if (!(value >= 0)) value = 0;
        if (value > 1) value = 1;
        *to++ = (float)(broken == OUT_OF_RANGE ? value * 255 : value);
      }
    }
  }
  *out = made;
  return BURIN_OK;
}

static const burin_preprocessor table = {sizeof table, create, destroy, process};
const void* const functions = &table;

static burin_param gain = {.struct_size = sizeof gain,
                           .type = BURIN_PARAM_DOUBLE,
                           .id = "gain",
                           .name = "Gain",
                           .description = "What each value is multiplied by.",
                           .minimum = 0,
                           .maximum = 2,
                           .default_number = 1};
static const burin_param invert = {.struct_size = sizeof invert,
                                   .type = BURIN_PARAM_BOOL,
                                   .id = "invert",
                                   .name = "Invert",
                                   .description = "Whether light becomes dark."};
static const burin_param* const both[] = {&gain, &invert};

static burin_status set(void* self, const char* id, const burin_param_value* value) {
  instance* me = self;
  const int is_gain = strcmp(id, "gain") == 0;
  double number_set = value->number;
  if (!is_gain && strcmp(id, "invert") != 0) {
    return refuse(BURIN_E_NOT_FOUND, "There is no such parameter; expected is gain or invert.");
  }
  if (broken == TAKES_ANY_VALUE) {
    *(is_gain ? &me->gain : &me->invert) = number_set;
    return BURIN_OK;
  }
  if (value->type != (is_gain ? BURIN_PARAM_DOUBLE : BURIN_PARAM_BOOL)) {
    return refuse(BURIN_E_INVALID, "The value has another type than the parameter.");
  }
  if (broken == CLAMPS_SILENTLY && number_set > 1.9 && number_set <= 2) number_set = 1.9;
  if (is_gain ? !(number_set >= 0 && number_set <= 2) : number_set != 0 && number_set != 1) {
    return refuse(BURIN_E_INVALID, "The value is out of range.");
  }
  *(is_gain ? &me->gain : &me->invert) = number_set;
  return BURIN_OK;
}

static burin_status get(void* self, const char* id, burin_param_value* out) {
  const instance* me = self;
  const int is_gain = strcmp(id, "gain") == 0;
  if (!is_gain && strcmp(id, "invert") != 0) {
    return refuse(BURIN_E_NOT_FOUND, "There is no such parameter; expected is gain or invert.");
  }
  out->type = is_gain ? BURIN_PARAM_DOUBLE : BURIN_PARAM_BOOL;
  out->number = is_gain ? me->gain : me->invert;
  out->text = "";
  return BURIN_OK;
}

static const burin_params params = {sizeof params, 2, both, set, get};

#define MAGIC 0x6c696768u

typedef struct {
  uint32_t magic;
  uint32_t sum;
  instance values;
} stored;

static uint32_t sum_of(const instance* values) {
  const unsigned char* bytes = (const unsigned char*)values;
  uint32_t sum = 2166136261u;
  for (size_t i = 0; i < sizeof *values; ++i) sum = (sum ^ bytes[i]) * 16777619u;
  return sum;
}

typedef struct {
  int64_t shape;
  stored state;
} saved;

static void release_saved(burin_tensor* self) {
  if (self == NULL) return;
  free(self->ctx);
  self->ctx = NULL;
}

static burin_status save(void* self, burin_tensor* out) {
  saved* bytes = calloc(1, sizeof *bytes);
  if (bytes == NULL) return refuse(BURIN_E_MEMORY, "There is not enough memory.");
  bytes->shape = sizeof bytes->state;
  bytes->state.magic = MAGIC;
  bytes->state.values = *(const instance*)self;
  bytes->state.sum = sum_of(&bytes->state.values);
  memset(&out->dl, 0, sizeof out->dl);
  out->dl.data = &bytes->state;
  out->dl.device.device_type = kDLCPU;
  out->dl.ndim = 1;
  out->dl.dtype.code = kDLUInt;
  out->dl.dtype.bits = 8;
  out->dl.dtype.lanes = 1;
  out->dl.shape = &bytes->shape;
  out->flags = 0;
  out->ctx = bytes;
  out->release = release_saved;
  return BURIN_OK;
}

static burin_status load(void* self, const void* bytes, size_t size) {
  instance* me = self;
  stored state;
  if (bytes == NULL || size != sizeof state) {
    if (broken == TAKES_ANY_STATE) return BURIN_OK;
    return refuse(BURIN_E_INVALID, "The state has another length than this module saves.");
  }
  memcpy(&state, bytes, sizeof state);
  if (state.magic != MAGIC || state.sum != sum_of(&state.values)) {
    if (broken == TAKES_ANY_STATE) return BURIN_OK;
    return refuse(BURIN_E_INVALID, "The state was not saved by this module.");
  }
  *me = state.values;
  if (broken == LOSES_STATE) me->gain = 1;
  return BURIN_OK;
}

static const burin_state state = {sizeof state, save, load};

burin_descriptor about = {sizeof about,
                          "org.example.gain",
                          BURIN_PREPROCESSOR_ID,
                          "Gain",
                          "1.0.0",
                          "Example",
                          "MIT",
                          "The picture, brighter or inverted.",
                          BURIN_CUDA_NO};

const void* extension(const char* id) {
  if (strcmp(id, BURIN_PARAMS_ID) == 0) return &params;
  if (strcmp(id, BURIN_STATE_ID) == 0) return &state;
  return NULL;
}

void prepare(void) {
  if (broken == BAD_DEFAULT) gain.default_number = 3;
}
