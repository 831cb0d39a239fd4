/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A detector whose answer breaks its contract as the picture's first byte says; and what hosts read
 * of a module before they call it, broken as the build says. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "burin/ext/params.h"
#include "burin/plugin.h"
#include "burin/role/detector.h"

#ifndef HOSTILE_ID
#define HOSTILE_ID "org.example.hostile"
#endif
#ifndef HOSTILE_NAME
#define HOSTILE_NAME "Hostile"
#endif

static const burin_descriptor about = {sizeof about, HOSTILE_ID, BURIN_DETECTOR_ID,
                                       HOSTILE_NAME, "1.0.0",    "Example",
                                       "MIT",        "Lies.",    BURIN_CUDA_NO};

static int instance;
static int64_t shape[2];
static float values[64];
static double landmarks[2];
static DLTensor mask;
static burin_detection items[2];

static burin_status create(const burin_host* host, const char* data_dir, void** self) {
  (void)data_dir;
  if (burin_check_host(host) != BURIN_OK) return BURIN_E_INVALID;
  *self = &instance;
  return BURIN_OK;
}
static void destroy(void* self) { (void)self; }
static void release(burin_detections* self) { (void)self; }

static burin_status detect(void* self, const DLTensor* rgb, const burin_detector_options* options,
                           const burin_run* run, burin_detections* out) {
  const unsigned char lie = *((const unsigned char*)rgb->data + rgb->byte_offset);
  burin_detection item = {sizeof item, 1, 1, 3, 3, 0.5, "thing", 0, landmarks, &mask};
  (void)self;
  (void)options;
  (void)run;
  shape[0] = rgb->shape[0];
  shape[1] = rgb->shape[1];
  memset(&mask, 0, sizeof mask);
  mask.data = values;
  mask.device.device_type = kDLCPU;
  mask.ndim = 2;
  mask.dtype.code = kDLFloat;
  mask.dtype.bits = 32;
  mask.dtype.lanes = 1;
  mask.shape = shape;
  memset(values, 0, sizeof values);
  landmarks[0] = landmarks[1] = 1;
  out->release = release;
  out->count = 1;
  out->items = items;
  switch (lie) {
    case 1:
      out->count = SIZE_MAX;
      break;
    case 2:
      out->items = NULL;
      break;
    case 3:
      item.struct_size = 0;
      break;
    case 4:
      item.struct_size = UINT32_MAX;
      break;
    case 5:
      item.x1 = NAN;
      break;
    case 6:
      item.x2 = -7;
      break;
    case 7:
      item.confidence = 2;
      break;
    case 8:
      item.label = "\xff";
      break;
    case 9:
      item.landmark_count = 1;
      item.landmarks = NULL;
      break;
    case 10:
      item.landmark_count = UINT32_MAX;
      break;
    case 11:
      item.landmark_count = 1;
      landmarks[1] = INFINITY;
      break;
    case 12:
      shape[0] = -shape[0];
      break;
    case 13:
      shape[1] = 1 << 30;
      break;
    case 14:
      mask.shape = NULL;
      break;
    case 15:
      mask.data = NULL;
      break;
    case 16:
      mask.dtype.bits = 64;
      break;
    case 17:
      values[3] = NAN;
      break;
    case 18:
      values[3] = 2;
      break;
    case 19:
      out->release = NULL;
      break;
    default:
      break;
  }
  items[0] = item;
  return BURIN_OK;
}

static burin_detector table = {sizeof table, create, destroy, detect};

static const burin_param good = {
    sizeof good, BURIN_PARAM_INT, 0, 0, "count", "Count", "How many.", NULL, 0, 9, 3, NULL, NULL};
static const burin_param_choice twice = {sizeof twice, "one", "One", NULL};
static const burin_param_choice* const choices[] = {&twice, &twice};
static const burin_param nothing = {.struct_size = 4};
static const burin_param bad_range = {
    sizeof good, BURIN_PARAM_INT, 0, 0, "count", "Count", "How many.", NULL, 9, 0, 3, NULL, NULL};
static const burin_param bad_default = {
    sizeof good, BURIN_PARAM_DOUBLE, 0, 0, "size", "Size", "How large.", "px", 0, 9, 10, NULL,
    NULL};
static const burin_param bad_type = {sizeof good, 77, 0, 0, "size", "Size", "How large.",
                                     NULL,        0,  9, 1, NULL,   NULL};
static const burin_param bad_choice = {
    sizeof good, BURIN_PARAM_CHOICE, 0, 2, "one", "One", "Which.", NULL, 0, 0, 0, "one", choices};
static const burin_param no_choices = {
    sizeof good, BURIN_PARAM_CHOICE, 0, 9, "one", "One", "Which.", NULL, 0, 0, 0, "one", NULL};
static const burin_param no_text = {
    sizeof good, BURIN_PARAM_PATH, 0, 0, "file", "File", "Which.", NULL, 0, 0, 0, NULL, NULL};
static const burin_param bad_id = {
    sizeof good, BURIN_PARAM_BOOL, 0, 0, "No\nway", "On", "Whether.", NULL, 0, 0, 0, NULL, NULL};
static const burin_param* const all[] = {&good,     &nothing,    &bad_range,  &bad_default,
                                         &bad_type, &bad_choice, &no_choices, &no_text,
                                         &bad_id,   NULL};

static burin_status set(void* self, const char* id, const burin_param_value* value) {
  (void)self;
  (void)id;
  (void)value;
  return BURIN_OK;
}
static burin_status get(void* self, const char* id, burin_param_value* out) {
  (void)self;
  (void)id;
  (void)out;
  return BURIN_OK;
}
static burin_params params = {sizeof params, 1, NULL, set, get};

/* Which of `all` is declared beside the first, or how else a table is broken. */
static int way(void) {
  const char* text = getenv("BURIN_TEST_HOSTILE");
  return text ? atoi(text) : 0;
}

static const void* get_extension(const char* id, const char* extension) {
  static const burin_param* declared[2];
  const int which = way();
  if (strcmp(id, about.id) != 0 || strcmp(extension, BURIN_PARAMS_ID) != 0) return NULL;
  declared[0] = &good;
  declared[1] = all[which < 0 ? 0 : which % 10];
  params.struct_size = which == -1 ? 8 : sizeof params;
  params.count = which == -2 ? UINT32_MAX : which == 0 ? 1 : 2;
  params.params = which == -3 ? NULL : declared;
  params.set = which == -4 ? NULL : set;
  return &params;
}

static void deinit(void) {}
static uint32_t count(void) { return 1; }
static const burin_descriptor* descriptor(uint32_t index) { return index == 0 ? &about : NULL; }
static const void* get_interface(const char* id) {
  table.detect = way() == -5 ? NULL : detect;
  return strcmp(id, about.id) == 0 ? &table : NULL;
}
const burin_plugin_entry burin_entry = {sizeof burin_entry,
                                        {BURIN_ABI_MAJOR, BURIN_ABI_MINOR},
                                        burin_check_host,
                                        deinit,
                                        count,
                                        descriptor,
                                        get_interface,
                                        get_extension};
