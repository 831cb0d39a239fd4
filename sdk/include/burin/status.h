/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Status codes. A function that returns anything but BURIN_OK has first called the host's set_error
 * with one sentence that says what was wrong, what came and what was expected; its out parameters
 * are untouched. */
#ifndef BURIN_STATUS_H
#define BURIN_STATUS_H

#include <stdint.h>

typedef int32_t burin_status;
enum {
  BURIN_OK = 0,
  BURIN_E_INVALID = 1,     /* an argument breaks its documented contract */
  BURIN_E_NOT_FOUND = 2,   /* a file, module or interface is not there */
  BURIN_E_UNSUPPORTED = 3, /* well-formed, but this build or module does not do it */
  BURIN_E_IO = 4,          /* reading or writing failed */
  BURIN_E_MEMORY = 5,      /* out of memory, host or device */
  BURIN_E_CANCELLED = 6,   /* the run's cancelled() said so; not an error to report */
  BURIN_E_INTERNAL = 7,    /* a defect of the module */
  BURIN_E_JOB = 8,         /* the job, SEGS or prompt is malformed */
  BURIN_E_MODEL = 9,       /* a model file is malformed or of an unknown family */
  BURIN_E_IMAGE = 10       /* an image or mask is malformed or does not fit */
};

#endif
