/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Role detector: finds things in a picture and says where. */
#ifndef BURIN_ROLE_DETECTOR_H
#define BURIN_ROLE_DETECTOR_H

#include <dlpack/dlpack.h>

#include "burin/abi.h"
#include "burin/host.h"
#include "burin/run.h"
#include "burin/status.h"

#define BURIN_DETECTOR_ID "burin.detector/1"

typedef struct burin_detection {
  uint32_t struct_size;
  double x1, y1, x2, y2;   /* pixel edges, half-open, inside the picture */
  double confidence;       /* 0..1 */
  const char* label;       /* "face", ... UTF-8 */
  uint32_t landmark_count; /* (x, y) pairs, at most 65536 */
  const double* landmarks; /* pixels; face: right eye, left eye, nose tip, right and left mouth
                              corner as the person has them */
  const DLTensor* mask; /* (optional) float32 [h, w], 0..1, the size of the picture, CPU, memory of
                           its own */
} burin_detection;

/* Owned by the receiver, freed by release(). Ordered by descending confidence. A newer module may
 * have longer items: each begins struct_size bytes after the one before. */
typedef struct burin_detections {
  uint32_t struct_size;
  void* ctx;
  /* Frees what the struct points to; accepts NULL and a struct that was released. [any-thread] */
  void (*release)(struct burin_detections* self);
  size_t count; /* at most 1048576 */
  const burin_detection* items;
} burin_detections;

typedef struct burin_detector_options {
  uint32_t struct_size;
  double threshold; /* least confidence, 0..1 */
  double min_size;  /* least shorter side of a box, in pixels of the picture; 0: whatever the
                       detector can see */
} burin_detector_options;

typedef struct burin_detector {
  uint32_t struct_size;
  /* *self is written only on success. data_dir: folder of the model files the module came with, or
   * NULL. Errors: INVALID, UNSUPPORTED, IO, MODEL, MEMORY. [host-thread] */
  burin_status (*create)(const burin_host* host, const char* data_dir, void** self);
  /* Accepts NULL. [host-thread] */
  void (*destroy)(void* self);
  /* rgb: uint8 [height, width, 3], any strides, CPU, read only, borrowed until return. run may be
   * NULL. Errors: INVALID (shape, dtype, options), CANCELLED, MEMORY. [work-thread] */
  burin_status (*detect)(void* self, const DLTensor* rgb, const burin_detector_options* options,
                         const burin_run* run, burin_detections* out);
} burin_detector;

#endif
