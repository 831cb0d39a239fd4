/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A detector: one box around what is light, with a mask of it. */
#include "burin/role/detector.h"

#include <math.h>
#include <pthread.h>
#include <unistd.h>

#include "module.h"

typedef struct {
  unsigned calls;
  pthread_t maker;
} instance;

static burin_status create(const burin_host* host, const char* data_dir, void** self) {
  instance* made;
  (void)data_dir;
  if (broken == CREATE_FAILS) return refuse(BURIN_E_IO, "The moon is in the wrong phase.");
  (void)host;
  made = calloc(1, sizeof *made);
  if (made == NULL) return refuse(BURIN_E_MEMORY, "There is not enough memory.");
  made->maker = pthread_self();
  *self = made;
  return BURIN_OK;
}

static void destroy(void* self) {
  if (broken != LEAKS_ITSELF) free(self);
}

/* Everything of one answer in one block. */
typedef struct {
  burin_detection items[2];
  DLTensor mask;
  int64_t shape[2];
  float values[];
} answer;

static void release(burin_detections* found) {
  if (found == NULL) return;
  if (broken != LEAKS_RESULTS) free(found->ctx);
  found->ctx = NULL;
  found->count = 0;
  found->items = NULL;
}

typedef struct {
  const burin_run* run;
  double fraction;
} said;

static void* say(void* what) {
  const said* s = what;
  report(s->run, s->fraction);
  return NULL;
}

static void tell(const burin_run* run, double fraction) {
  said what = {run, broken == FALLING_PROGRESS ? 1 - fraction : fraction};
  pthread_t thread;
  if (broken == OTHER_THREAD && (run == NULL || fraction > 0)) return;  // once a call is enough
  if (broken == OTHER_THREAD && pthread_create(&thread, NULL, say, &what) == 0) {
    pthread_join(thread, NULL);
  } else if (broken != OTHER_THREAD) {
    say(&what);
  }
}

static burin_status check(const DLTensor* rgb, const burin_detector_options* options) {
  if (!is_picture(rgb, kDLUInt, 8)) {
    return refuse(BURIN_E_INVALID, "The picture is not uint8 [height, width, 3] on the CPU.");
  }
  if (broken == CHECKS_NOTHING) return BURIN_OK;
  if (!(options->threshold >= 0 && options->threshold <= 1) || !(options->min_size >= 0)) {
    return refuse(BURIN_E_INVALID, "The threshold or the least size is out of range.");
  }
  return BURIN_OK;
}

static void fill(burin_detection* item, const DLTensor* mask, const int64_t* box,
                 double confidence) {
  item->struct_size = broken == SMALL_ITEMS ? 4 : sizeof *item;
  item->x1 = broken == NAN_BOX ? NAN : (double)box[0];
  item->y1 = (double)box[1];
  item->x2 = (double)box[2] + (broken == BOX_OUTSIDE ? 1e4 : 0);
  item->y2 = (double)box[3];
  item->confidence = confidence;
  item->label = "light";
  item->mask = mask;
}

static burin_status detect(void* self, const DLTensor* rgb, const burin_detector_options* options,
                           const burin_run* run, burin_detections* out) {
  static unsigned calls_of_all;
  instance* me = self;
  answer* found;
  int64_t height, width, box[4] = {0, 0, 0, 0}, any = 0;
  int shift = 0;
  const burin_status status = check(rgb, options);
  if (status != BURIN_OK) {
    if (broken == TOUCHES_OUT) out->count = 0;
    return status;
  }
  if (broken == CHECKS_NOTHING &&
      (rgb->ndim < 3 || rgb->shape[0] < 1 || rgb->shape[1] < 1 || rgb->shape[2] < 1)) {
    out->release = release;
    return BURIN_OK;
  }
  height = rgb->shape[0];
  width = rgb->shape[1];
  if (broken == EXITS && height == 240 && width == 180) exit(0);
  if (broken == HANGS && height == 240 && width == 180) pause();
  if (broken == CRASHES_WHEN_TALL && height > 8000) abort();
  if (broken == CRASHES_AT_RANDOM && height % 7 == 4 && width % 5 == 3) abort();
  if (broken == SHARED_STATE) {
    static const instance* last;
    shift = last != NULL && last != me;
    last = me;
  }
  if (broken == THREAD_BOUND) shift = !pthread_equal(me->maker, pthread_self());
  ++me->calls;
  ++calls_of_all;
  found = calloc(1, sizeof *found + (size_t)(height * width) * sizeof(float));
  if (found == NULL) return refuse(BURIN_E_MEMORY, "There is not enough memory.");
  for (int64_t y = 0; y < height; ++y) {
    if (broken != NEVER_ASKS && cancelled(run) && broken != IGNORES_CANCEL) {
      free(found);
      return refuse(BURIN_E_CANCELLED, "The detection was cancelled.");
    }
    tell(run, (double)y / (double)height);
    for (int64_t x = 0; x < width; ++x) {
      const unsigned char* pixel = (const unsigned char*)element(rgb, y, x, 0);
      if (*pixel < 200) continue;
      found->values[y * width + x] = broken == MASK_OUT_OF_RANGE ? 255.0F : 1.0F;
      if (!any || x < box[0]) box[0] = x;
      if (!any || y < box[1]) box[1] = y;
      if (!any || x + 1 > box[2]) box[2] = x + 1;
      if (!any || y + 1 > box[3]) box[3] = y + 1;
      any = 1;
    }
  }
  if (broken == PRINTS) printf("%d light pixels\n", (int)any);
  if (broken == NAN_MASK) found->values[0] = NAN;
  if (broken == WRITES_INPUT) ((unsigned char*)rgb->data)[rgb->byte_offset] ^= 1;
  if (shift && box[2] > box[0] + 1) ++box[0];
  found->shape[0] = height;
  found->shape[1] = width;
  found->mask.data = found->values;
  found->mask.device.device_type = kDLCPU;
  found->mask.ndim = 2;
  found->mask.dtype.code = kDLFloat;
  found->mask.dtype.bits = 32;
  found->mask.dtype.lanes = 1;
  found->mask.shape = found->shape;
  if (broken == MASK_IN_PICTURE) found->mask.data = (char*)rgb->data + rgb->byte_offset;
  if (broken == NEGATIVE_MASK) found->shape[0] = -height;
  fill(&found->items[0], &found->mask, box, broken == UNSORTED ? 0.6 : 1);
  fill(&found->items[1], NULL, box, 0.9);
  out->ctx = found;
  out->release = broken == NO_RELEASE ? NULL : release;
  if (any && broken == UNSORTED) any = 2;
  if (any && broken == MORE_WITH_THRESHOLD && options->threshold == 1) {
    found->items[1].confidence = 1;
    any = 2;
  }
  out->count = options->threshold > 0.6 && broken == UNSORTED ? 0 : (size_t)any;
  if (broken == HUGE_COUNT && any) out->count = SIZE_MAX;
  out->items = found->items;
  return BURIN_OK;
}

static burin_detector table = {
    .struct_size = sizeof table, .create = create, .destroy = destroy, .detect = detect};
const void* const functions = &table;

burin_descriptor about = {.struct_size = sizeof about,
                          .id = "org.example.light",
                          .role = BURIN_DETECTOR_ID,
                          .name = "Light",
                          .version = "1.0.0",
                          .vendor = "Example",
                          .licence = "MIT",
                          .description = "One box around what is light.",
                          .cuda = BURIN_CUDA_NO};

const void* extension(const char* id) {
  (void)id;
  return NULL;
}

void prepare(void) {
  static char long_id[10001];
  if (broken == BAD_ID) about.id = "light";
  if (broken == LONG_ID) {
    memset(long_id, 'a', sizeof long_id - 1);
    long_id[3] = long_id[7] = '.';
    about.id = long_id;
  }
  if (broken == CONTROL_NAME) about.name = "\033[2JLight";
  if (broken == NO_NAME) about.name = "";
  if (broken == BAD_VERSION) about.version = "1.0";
  if (broken == BAD_LICENCE) about.licence = "free, for you!";
  if (broken == LACKS_A_FUNCTION) table.detect = NULL;
}
