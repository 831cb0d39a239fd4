/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * A variable for every struct and function of the C headers, whose types abidw writes down. */
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

#define STRUCT(type) BURIN_EXPORT type* abi_##type
#define FUNCTION(name) BURIN_EXPORT __typeof__(&name) abi_##name

STRUCT(burin_abi);
STRUCT(burin_descriptor);
STRUCT(burin_plugin_entry);
STRUCT(burin_cuda);
STRUCT(burin_image_reader);
STRUCT(burin_log);
STRUCT(burin_memory);
STRUCT(burin_modules);
STRUCT(burin_param_choice);
STRUCT(burin_param);
STRUCT(burin_param_value);
STRUCT(burin_params);
STRUCT(burin_state);
STRUCT(burin_thread_check);
STRUCT(burin_host);
STRUCT(burin_loader_options);
STRUCT(burin_module_info);
STRUCT(burin_module_problem);
STRUCT(burin_blender);
STRUCT(burin_region);
STRUCT(burin_hook_segment);
STRUCT(burin_hook_detection);
STRUCT(burin_hook_sampling);
STRUCT(burin_detail_hook);
STRUCT(burin_detection);
STRUCT(burin_detections);
STRUCT(burin_detector_options);
STRUCT(burin_detector);
STRUCT(burin_engine_options);
STRUCT(burin_image);
STRUCT(burin_layer);
STRUCT(burin_engine);
STRUCT(burin_preprocessor);
STRUCT(burin_sampler_host);
STRUCT(burin_sampler);
STRUCT(burin_noise_levels);
STRUCT(burin_scheduler);
STRUCT(burin_segment_point);
STRUCT(burin_segment_prompt);
STRUCT(burin_segment);
STRUCT(burin_segments);
STRUCT(burin_segmenter_options);
STRUCT(burin_segmenter);
STRUCT(burin_upscaler_options);
STRUCT(burin_upscaler);
STRUCT(burin_progress);
STRUCT(burin_preview);
STRUCT(burin_run);
STRUCT(burin_tensor);
STRUCT(burin_worker_options);
STRUCT(burin_worker_status);

FUNCTION(burin_loader_create);
FUNCTION(burin_loader_destroy);
FUNCTION(burin_loader_host);
FUNCTION(burin_loader_open);
FUNCTION(burin_loader_find);
FUNCTION(burin_loader_extension);
FUNCTION(burin_loader_count);
FUNCTION(burin_loader_module);
FUNCTION(burin_loader_problem_count);
FUNCTION(burin_loader_problem);
FUNCTION(burin_last_error);
FUNCTION(burin_set_last_error);
FUNCTION(burin_version);
FUNCTION(burin_worker_create);
FUNCTION(burin_worker_destroy);
FUNCTION(burin_worker_address);
FUNCTION(burin_worker_connect);
FUNCTION(burin_worker_get_status);
FUNCTION(burin_worker_release_memory);
FUNCTION(burin_worker_stop);
FUNCTION(burin_worker_dial);
FUNCTION(burin_worker_list_modules);
FUNCTION(burin_worker_engine);
FUNCTION(burin_worker_create_engine);
