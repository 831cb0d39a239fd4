/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A detector in plain C11: reports one box, the middle half of the picture. */
#include <stdlib.h>
#include <string.h>

#include "burin/entry.h"
#include "burin/role/detector.h"

static const burin_host* host_;

static burin_status create(const burin_host* host, const char* data_dir, void** self) {
  static int instance;
  (void)host;
  (void)data_dir;
  *self = &instance;
  return BURIN_OK;
}

static void destroy(void* self) { (void)self; }

static void release(burin_detections* found) {
  free(found->ctx);
  memset(found, 0, sizeof *found);
}

static burin_status detect(void* self, const DLTensor* rgb, const burin_detector_options* options,
                           const burin_run* run, burin_detections* out) {
  burin_detection* item;
  (void)self;
  (void)options;
  (void)run;
  if (rgb == NULL || rgb->ndim != 3 || rgb->shape[2] != 3) {
    host_->set_error(host_, "the picture must be a uint8 tensor of shape [height, width, 3]");
    return BURIN_E_INVALID;
  }
  item = calloc(1, sizeof *item);
  if (item == NULL) return BURIN_E_MEMORY;
  item->struct_size = sizeof *item;
  item->x1 = (double)rgb->shape[1] / 4;
  item->x2 = (double)rgb->shape[1] * 3 / 4;
  item->y1 = (double)rgb->shape[0] / 4;
  item->y2 = (double)rgb->shape[0] * 3 / 4;
  item->confidence = 1;
  item->label = "centre";
  out->ctx = item;
  out->release = release;
  out->count = 1;
  out->items = item;
  return BURIN_OK;
}

static const burin_detector detector = {
    .struct_size = sizeof detector, .create = create, .destroy = destroy, .detect = detect};

static const burin_descriptor description = {.struct_size = sizeof description,
                                             .id = "org.example.centre",
                                             .role = BURIN_DETECTOR_ID,
                                             .name = "Centre",
                                             .version = "1.0.0",
                                             .vendor = "Example",
                                             .licence = "Apache-2.0",
                                             .description = "The middle half of the picture.",
                                             .cuda = BURIN_CUDA_NO};

static burin_status init(const burin_host* host) {
  host_ = host;
  return BURIN_OK;
}
static void deinit(void) { host_ = NULL; }
static uint32_t count(void) { return 1; }
static const burin_descriptor* descriptor(uint32_t index) {
  return index == 0 ? &description : NULL;
}
static const void* get_interface(const char* id) {
  return strcmp(id, "org.example.centre") == 0 ? &detector : NULL;
}

const burin_plugin_entry burin_entry = {.struct_size = sizeof burin_entry,
                                        .abi = {BURIN_ABI_MAJOR, BURIN_ABI_MINOR},
                                        .init = init,
                                        .deinit = deinit,
                                        .count = count,
                                        .descriptor = descriptor,
                                        .get_interface = get_interface};
