/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A detector as it was built with older headers (AGED_OLDER: detections end before their mask) or
 * will be with newer ones (AGED_NEWER: descriptor, table, result and detections go on), or with a
 * table that is too short (AGED_SHORT). It finds two things. */
#include <stddef.h>
#include <stdlib.h>

#include "burin/plugin.h"
#include "burin/role/detector.h"

#if defined(AGED_OLDER)
typedef struct {
  char bytes[offsetof(burin_detection, mask)];
} item_type;
#define ID "org.example.older"
#elif defined(AGED_NEWER)
typedef struct {
  burin_detection known;
  double angle, later;
} item_type;
#define ID "org.example.newer"
#else
typedef burin_detection item_type;
#define ID "org.example.short"
#endif

static const struct {
  burin_descriptor known;
#ifdef AGED_NEWER
  const char* later;
#endif
} described = {{sizeof described, ID, BURIN_DETECTOR_ID, "Aged", "1.0.0", "Example", "MIT",
                "Finds two things.", BURIN_CUDA_NO},
#ifdef AGED_NEWER
               "unknown to this host"
#endif
};

static burin_status create(const burin_host* host, const char* data_dir, void** self) {
  static int instance;
  (void)data_dir;
  *self = &instance;
  return burin_check_host(host);
}
static void destroy(void* self) { (void)self; }

static void release(burin_detections* self) {
  if (!self) return;
  free(self->ctx);
  self->ctx = NULL;
}

static burin_status detect(void* self, const DLTensor* rgb, const burin_detector_options* options,
                           const burin_run* run, burin_detections* out) {
  item_type* items = malloc(2 * sizeof *items);
  (void)self, (void)rgb, (void)options, (void)run;
  if (!items) return BURIN_E_MEMORY;
  for (int i = 0; i < 2; ++i) {
    const burin_detection found = {
        sizeof *items, i, 0, i + 2, 3, 0.9 - 0.1 * i, i == 0 ? "first" : "second", 0, NULL, NULL};
    /* What lies behind the part that is written is no zero. */
    memset(&items[i], 0xA5, sizeof *items);
    memcpy(&items[i], &found, sizeof *items < sizeof found ? sizeof *items : sizeof found);
  }
  out->ctx = items;
  out->release = release;
  out->count = 2;
  out->items = (const burin_detection*)(const void*)items;
  return BURIN_OK;
}

static const struct {
  burin_detector known;
#ifdef AGED_NEWER
  void (*later)(void* self);
#endif
} table = {{
#ifdef AGED_SHORT
               offsetof(burin_detector, detect),
#else
    sizeof table,
#endif
               create, destroy, detect},
#ifdef AGED_NEWER
           destroy
#endif
};

BURIN_SINGLE_PLUGIN(described.known, table.known);
