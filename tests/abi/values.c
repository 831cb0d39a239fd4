/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * The value of every constant of the C headers. A line that fails is a broken ABI. */
#include <assert.h>

#include "burin/abi.h"
#include "burin/entry.h"
#include "burin/ext/cuda.h"
#include "burin/ext/image_reader.h"
#include "burin/ext/log.h"
#include "burin/ext/memory.h"
#include "burin/ext/modules.h"
#include "burin/ext/params.h"
#include "burin/ext/state.h"
#include "burin/ext/thread_check.h"
#include "burin/host.h"
#include "burin/loader.h"
#include "burin/plugin.h"
#include "burin/role/blender.h"
#include "burin/role/detail_hook.h"
#include "burin/role/detector.h"
#include "burin/role/engine.h"
#include "burin/role/preprocessor.h"
#include "burin/role/sampler.h"
#include "burin/role/scheduler.h"
#include "burin/role/segmenter.h"
#include "burin/role/upscaler.h"
#include "burin/run.h"
#include "burin/status.h"
#include "burin/tensor.h"
#include "burin/worker.h"

#define VALUE(name, number) static_assert((name) == (number), #name " has another value")

VALUE(BURIN_CUDA_NO, 1);
VALUE(BURIN_CUDA_YES, 2);
VALUE(BURIN_CUDA_NEEDED, 3);
VALUE(BURIN_LOG_DEBUG, 1);
VALUE(BURIN_LOG_INFO, 2);
VALUE(BURIN_LOG_WARNING, 3);
VALUE(BURIN_LOG_ERROR, 4);
VALUE(BURIN_LOG_HOST_MISBEHAVING, 5);
VALUE(BURIN_LOG_PLUGIN_MISBEHAVING, 6);
VALUE(BURIN_PARAM_BOOL, 1);
VALUE(BURIN_PARAM_INT, 2);
VALUE(BURIN_PARAM_DOUBLE, 3);
VALUE(BURIN_PARAM_CHOICE, 4);
VALUE(BURIN_PARAM_TEXT, 5);
VALUE(BURIN_PARAM_PATH, 6);
VALUE(BURIN_PARAM_ADVANCED, 1);
VALUE(BURIN_PARAM_SEED, 2);
VALUE(BURIN_LAYER_DONE, 1);
VALUE(BURIN_LAYER_SKIPPED, 2);
VALUE(BURIN_LAYER_FAILED, 3);
VALUE(BURIN_SEGMENT_BY_BOX, 1);
VALUE(BURIN_SEGMENT_BY_POINTS, 2);
VALUE(BURIN_SEGMENT_BY_MASK, 4);
VALUE(BURIN_SEGMENT_BY_TEXT, 8);
VALUE(BURIN_OK, 0);
VALUE(BURIN_E_INVALID, 1);
VALUE(BURIN_E_NOT_FOUND, 2);
VALUE(BURIN_E_UNSUPPORTED, 3);
VALUE(BURIN_E_IO, 4);
VALUE(BURIN_E_MEMORY, 5);
VALUE(BURIN_E_CANCELLED, 6);
VALUE(BURIN_E_INTERNAL, 7);
VALUE(BURIN_E_JOB, 8);
VALUE(BURIN_E_MODEL, 9);
VALUE(BURIN_E_IMAGE, 10);
VALUE(BURIN_TENSOR_READ_ONLY, 1);
VALUE(BURIN_WORKER_START_ON_DEMAND, 1);
VALUE(BURIN_WORKER_START_NEVER, 2);
