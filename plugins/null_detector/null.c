/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * burin.detector.null finds nothing in any picture: for pipelines that bring their own SEGS, and
 * the least that a detector has to be. */
#include "burin/plugin.h"
#include "burin/role/detector.h"

static const burin_descriptor about = {.struct_size = sizeof about,
                                       .id = "burin.detector.null",
                                       .role = BURIN_DETECTOR_ID,
                                       .name = "Nothing",
                                       .version = "1.0.0",
                                       .vendor = "The Burin authors",
                                       .licence = "Apache-2.0",
                                       .description = "Finds nothing in any picture.",
                                       .cuda = BURIN_CUDA_NO};

/* The host is all that an instance has to remember. */
static burin_status create(const burin_host* host, const char* data_dir, void** self) {
  const burin_status status = burin_check_host(host);
  (void)data_dir;
  if (status != BURIN_OK) return status;
  if (self == NULL)
    return burin_refuse(host, BURIN_E_INVALID, "There is no place for the new detector.");
  *self = (void*)host;
  return BURIN_OK;
}

static void destroy(void* self) { (void)self; }

static void release(burin_detections* found) { (void)found; }

static int is_picture(const DLTensor* rgb) {
  return rgb != NULL && rgb->device.device_type == kDLCPU && rgb->dtype.code == kDLUInt &&
         rgb->dtype.bits == 8 && rgb->dtype.lanes == 1 && rgb->ndim == 3 && rgb->shape != NULL &&
         rgb->shape[0] >= 1 && rgb->shape[1] >= 1 && rgb->shape[2] == 3 && rgb->data != NULL;
}

static burin_status detect(void* self, const DLTensor* rgb, const burin_detector_options* options,
                           const burin_run* run, burin_detections* out) {
  const burin_host* host = self;
  if (host == NULL || out == NULL)
    return burin_refuse(host, BURIN_E_INVALID,
                        "There is no detector or no place for the detections.");
  if (!is_picture(rgb))
    return burin_refuse(
        host, BURIN_E_INVALID,
        "The picture is something else; expected is uint8 [height, width, 3] on the CPU.");
  if (options != NULL && BURIN_HAS(options, min_size) &&
      !(options->threshold >= 0 && options->threshold <= 1 && options->min_size >= 0 &&
        options->min_size < 1e300))
    return burin_refuse(
        host, BURIN_E_INVALID,
        "The detector's options are out of range; expected are a threshold of 0 to 1 and "
        "a finite least size of 0 or more.");
  if (run != NULL && BURIN_HAS(run, cancelled) && run->cancelled != NULL &&
      run->cancelled(run->ctx))
    return burin_refuse(host, BURIN_E_CANCELLED, "The detection was cancelled.");
  out->struct_size = sizeof *out;
  out->ctx = NULL;
  out->release = release;
  out->count = 0;
  out->items = NULL;
  return BURIN_OK;
}

static const burin_detector detector = {sizeof detector, create, destroy, detect};

BURIN_SINGLE_PLUGIN(about, detector);
