/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Where every member of every struct that crosses a module boundary lies, on 64-bit machines. A
 * line that fails is a broken ABI: members are only appended, and get lines of their own here. */
#include <assert.h>
#include <stddef.h>

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

#define STRUCT(type, size) static_assert(sizeof(type) == (size), #type " has another size")
#define MEMBER(type, member, offset, size)                                                \
  static_assert(offsetof(type, member) == (offset), #type "." #member " lies elsewhere"); \
  static_assert(sizeof(((type*)0)->member) == (size), #type "." #member " has another size")

static_assert(sizeof(void*) == 8, "the offsets below are those of 64-bit machines");
static_assert(BURIN_ABI_MAJOR == 1, "a new major version has a layout of its own");

/* burin/abi.h */
MEMBER(burin_abi, major, 0, 4);
MEMBER(burin_abi, minor, 4, 4);
STRUCT(burin_abi, 8);

/* burin/entry.h */
MEMBER(burin_descriptor, struct_size, 0, 4);
MEMBER(burin_descriptor, id, 8, 8);
MEMBER(burin_descriptor, role, 16, 8);
MEMBER(burin_descriptor, name, 24, 8);
MEMBER(burin_descriptor, version, 32, 8);
MEMBER(burin_descriptor, vendor, 40, 8);
MEMBER(burin_descriptor, licence, 48, 8);
MEMBER(burin_descriptor, description, 56, 8);
MEMBER(burin_descriptor, cuda, 64, 4);
STRUCT(burin_descriptor, 72);
MEMBER(burin_plugin_entry, struct_size, 0, 4);
MEMBER(burin_plugin_entry, abi, 4, 8);
MEMBER(burin_plugin_entry, init, 16, 8);
MEMBER(burin_plugin_entry, deinit, 24, 8);
MEMBER(burin_plugin_entry, count, 32, 8);
MEMBER(burin_plugin_entry, descriptor, 40, 8);
MEMBER(burin_plugin_entry, get_interface, 48, 8);
MEMBER(burin_plugin_entry, get_extension, 56, 8);
STRUCT(burin_plugin_entry, 64);

/* burin/ext/cuda.h */
MEMBER(burin_cuda, struct_size, 0, 4);
MEMBER(burin_cuda, use_stream, 8, 8);
STRUCT(burin_cuda, 16);

/* burin/ext/image_reader.h */
MEMBER(burin_image_reader, struct_size, 0, 4);
MEMBER(burin_image_reader, read, 8, 8);
STRUCT(burin_image_reader, 16);

/* burin/ext/log.h */
MEMBER(burin_log, struct_size, 0, 4);
MEMBER(burin_log, least, 4, 4);
MEMBER(burin_log, write, 8, 8);
STRUCT(burin_log, 16);

/* burin/ext/memory.h */
MEMBER(burin_memory, struct_size, 0, 4);
MEMBER(burin_memory, allocate, 8, 8);
MEMBER(burin_memory, release, 16, 8);
MEMBER(burin_memory, tensor, 24, 8);
MEMBER(burin_memory, available, 32, 8);
STRUCT(burin_memory, 40);

/* burin/ext/modules.h */
MEMBER(burin_modules, struct_size, 0, 4);
MEMBER(burin_modules, find, 8, 8);
MEMBER(burin_modules, extension, 16, 8);
MEMBER(burin_modules, count, 24, 8);
MEMBER(burin_modules, descriptor, 32, 8);
STRUCT(burin_modules, 40);

/* burin/ext/params.h */
MEMBER(burin_param_choice, struct_size, 0, 4);
MEMBER(burin_param_choice, id, 8, 8);
MEMBER(burin_param_choice, name, 16, 8);
MEMBER(burin_param_choice, description, 24, 8);
STRUCT(burin_param_choice, 32);
MEMBER(burin_param, struct_size, 0, 4);
MEMBER(burin_param, type, 4, 4);
MEMBER(burin_param, flags, 8, 4);
MEMBER(burin_param, choice_count, 12, 4);
MEMBER(burin_param, id, 16, 8);
MEMBER(burin_param, name, 24, 8);
MEMBER(burin_param, description, 32, 8);
MEMBER(burin_param, unit, 40, 8);
MEMBER(burin_param, minimum, 48, 8);
MEMBER(burin_param, maximum, 56, 8);
MEMBER(burin_param, default_number, 64, 8);
MEMBER(burin_param, default_text, 72, 8);
MEMBER(burin_param, choices, 80, 8);
STRUCT(burin_param, 88);
MEMBER(burin_param_value, struct_size, 0, 4);
MEMBER(burin_param_value, type, 4, 4);
MEMBER(burin_param_value, number, 8, 8);
MEMBER(burin_param_value, text, 16, 8);
STRUCT(burin_param_value, 24);
MEMBER(burin_params, struct_size, 0, 4);
MEMBER(burin_params, count, 4, 4);
MEMBER(burin_params, params, 8, 8);
MEMBER(burin_params, set, 16, 8);
MEMBER(burin_params, get, 24, 8);
STRUCT(burin_params, 32);

/* burin/ext/state.h */
MEMBER(burin_state, struct_size, 0, 4);
MEMBER(burin_state, save, 8, 8);
MEMBER(burin_state, load, 16, 8);
STRUCT(burin_state, 24);

/* burin/ext/thread_check.h */
MEMBER(burin_thread_check, struct_size, 0, 4);
MEMBER(burin_thread_check, is_host_thread, 8, 8);
MEMBER(burin_thread_check, is_work_thread, 16, 8);
STRUCT(burin_thread_check, 24);

/* burin/host.h */
MEMBER(burin_host, struct_size, 0, 4);
MEMBER(burin_host, abi, 4, 8);
MEMBER(burin_host, name, 16, 8);
MEMBER(burin_host, version, 24, 8);
MEMBER(burin_host, ctx, 32, 8);
MEMBER(burin_host, get_interface, 40, 8);
MEMBER(burin_host, set_error, 48, 8);
MEMBER(burin_host, last_error, 56, 8);
STRUCT(burin_host, 64);

/* burin/loader.h */
MEMBER(burin_loader_options, struct_size, 0, 4);
MEMBER(burin_loader_options, name, 8, 8);
MEMBER(burin_loader_options, version, 16, 8);
MEMBER(burin_loader_options, plugin_dirs, 24, 8);
MEMBER(burin_loader_options, plugin_dir_count, 32, 8);
MEMBER(burin_loader_options, ctx, 40, 8);
MEMBER(burin_loader_options, log, 48, 8);
MEMBER(burin_loader_options, least_severity, 56, 4);
MEMBER(burin_loader_options, read_image, 64, 8);
MEMBER(burin_loader_options, rescan, 72, 4);
STRUCT(burin_loader_options, 80);
MEMBER(burin_module_info, struct_size, 0, 4);
MEMBER(burin_module_info, descriptor, 8, 8);
MEMBER(burin_module_info, file, 16, 8);
MEMBER(burin_module_info, data_dir, 24, 8);
STRUCT(burin_module_info, 32);
MEMBER(burin_module_problem, struct_size, 0, 4);
MEMBER(burin_module_problem, status, 4, 4);
MEMBER(burin_module_problem, file, 8, 8);
MEMBER(burin_module_problem, sentence, 16, 8);
STRUCT(burin_module_problem, 24);

/* burin/role/blender.h */
MEMBER(burin_blender, struct_size, 0, 4);
MEMBER(burin_blender, create, 8, 8);
MEMBER(burin_blender, destroy, 16, 8);
MEMBER(burin_blender, blend, 24, 8);
STRUCT(burin_blender, 32);

/* burin/role/detail_hook.h */
MEMBER(burin_region, x1, 0, 4);
MEMBER(burin_region, y1, 4, 4);
MEMBER(burin_region, x2, 8, 4);
MEMBER(burin_region, y2, 12, 4);
STRUCT(burin_region, 16);
MEMBER(burin_hook_segment, struct_size, 0, 4);
MEMBER(burin_hook_segment, index, 4, 4);
MEMBER(burin_hook_segment, count, 8, 4);
MEMBER(burin_hook_segment, cycle, 12, 4);
MEMBER(burin_hook_segment, cycles, 16, 4);
MEMBER(burin_hook_segment, attempt, 20, 4);
MEMBER(burin_hook_segment, id, 24, 8);
MEMBER(burin_hook_segment, label, 32, 8);
MEMBER(burin_hook_segment, confidence, 40, 8);
MEMBER(burin_hook_segment, seed, 48, 8);
MEMBER(burin_hook_segment, box, 56, 16);
MEMBER(burin_hook_segment, crop, 72, 16);
MEMBER(burin_hook_segment, width, 88, 4);
MEMBER(burin_hook_segment, height, 92, 4);
MEMBER(burin_hook_segment, original, 96, 8);
MEMBER(burin_hook_segment, mask, 104, 8);
MEMBER(burin_hook_segment, run, 112, 8);
MEMBER(burin_hook_segment, ctx, 120, 8);
MEMBER(burin_hook_segment, draw_noise, 128, 8);
STRUCT(burin_hook_segment, 136);
MEMBER(burin_hook_detection, struct_size, 0, 4);
MEMBER(burin_hook_detection, id, 8, 8);
MEMBER(burin_hook_detection, label, 16, 8);
MEMBER(burin_hook_detection, confidence, 24, 8);
MEMBER(burin_hook_detection, box, 32, 16);
MEMBER(burin_hook_detection, crop, 48, 16);
MEMBER(burin_hook_detection, mask, 64, 8);
STRUCT(burin_hook_detection, 72);
MEMBER(burin_hook_sampling, struct_size, 0, 4);
MEMBER(burin_hook_sampling, steps, 4, 4);
MEMBER(burin_hook_sampling, seed, 8, 8);
MEMBER(burin_hook_sampling, cfg, 16, 8);
MEMBER(burin_hook_sampling, denoise, 24, 8);
MEMBER(burin_hook_sampling, sampler, 32, 8);
MEMBER(burin_hook_sampling, scheduler, 40, 8);
MEMBER(burin_hook_sampling, positive_strength, 48, 8);
MEMBER(burin_hook_sampling, negative_strength, 56, 8);
STRUCT(burin_hook_sampling, 64);
MEMBER(burin_detail_hook, struct_size, 0, 4);
MEMBER(burin_detail_hook, create, 8, 8);
MEMBER(burin_detail_hook, destroy, 16, 8);
MEMBER(burin_detail_hook, post_detection, 24, 8);
MEMBER(burin_detail_hook, post_crop_region, 32, 8);
MEMBER(burin_detail_hook, touch_scaled_size, 40, 8);
MEMBER(burin_detail_hook, post_encode, 48, 8);
MEMBER(burin_detail_hook, set_steps, 56, 8);
MEMBER(burin_detail_hook, cycle_latent, 64, 8);
MEMBER(burin_detail_hook, get_skip_sampling, 72, 8);
MEMBER(burin_detail_hook, pre_ksample, 80, 8);
MEMBER(burin_detail_hook, get_custom_noise, 88, 8);
MEMBER(burin_detail_hook, pre_decode, 96, 8);
MEMBER(burin_detail_hook, post_decode, 104, 8);
MEMBER(burin_detail_hook, should_retry_patch, 112, 8);
MEMBER(burin_detail_hook, post_paste, 120, 8);
STRUCT(burin_detail_hook, 128);

/* burin/role/detector.h */
MEMBER(burin_detection, struct_size, 0, 4);
MEMBER(burin_detection, x1, 8, 8);
MEMBER(burin_detection, y1, 16, 8);
MEMBER(burin_detection, x2, 24, 8);
MEMBER(burin_detection, y2, 32, 8);
MEMBER(burin_detection, confidence, 40, 8);
MEMBER(burin_detection, label, 48, 8);
MEMBER(burin_detection, landmark_count, 56, 4);
MEMBER(burin_detection, landmarks, 64, 8);
MEMBER(burin_detection, mask, 72, 8);
STRUCT(burin_detection, 80);
MEMBER(burin_detections, struct_size, 0, 4);
MEMBER(burin_detections, ctx, 8, 8);
MEMBER(burin_detections, release, 16, 8);
MEMBER(burin_detections, count, 24, 8);
MEMBER(burin_detections, items, 32, 8);
STRUCT(burin_detections, 40);
MEMBER(burin_detector_options, struct_size, 0, 4);
MEMBER(burin_detector_options, threshold, 8, 8);
MEMBER(burin_detector_options, min_size, 16, 8);
STRUCT(burin_detector_options, 24);
MEMBER(burin_detector, struct_size, 0, 4);
MEMBER(burin_detector, create, 8, 8);
MEMBER(burin_detector, destroy, 16, 8);
MEMBER(burin_detector, detect, 24, 8);
STRUCT(burin_detector, 32);

/* burin/role/engine.h */
MEMBER(burin_engine_options, struct_size, 0, 4);
MEMBER(burin_engine_options, device, 8, 8);
MEMBER(burin_engine_options, dtype, 16, 8);
MEMBER(burin_engine_options, memory_bytes, 24, 8);
MEMBER(burin_engine_options, threads, 32, 4);
MEMBER(burin_engine_options, data_dir, 40, 8);
STRUCT(burin_engine_options, 48);
MEMBER(burin_image, struct_size, 0, 4);
MEMBER(burin_image, pixels, 8, 8);
MEMBER(burin_image, icc, 16, 8);
MEMBER(burin_image, icc_size, 24, 8);
STRUCT(burin_image, 32);
MEMBER(burin_layer, struct_size, 0, 4);
MEMBER(burin_layer, status, 4, 4);
MEMBER(burin_layer, id, 8, 8);
MEMBER(burin_layer, x, 16, 4);
MEMBER(burin_layer, y, 20, 4);
MEMBER(burin_layer, pixels, 24, 8);
MEMBER(burin_layer, crop, 32, 8);
MEMBER(burin_layer, mask, 40, 8);
MEMBER(burin_layer, name, 48, 8);
MEMBER(burin_layer, message, 56, 8);
MEMBER(burin_layer, job, 64, 8);
MEMBER(burin_layer, drift_before, 72, 8);
MEMBER(burin_layer, drift_after, 80, 8);
MEMBER(burin_layer, control_count, 88, 8);
MEMBER(burin_layer, controls, 96, 8);
STRUCT(burin_layer, 104);
MEMBER(burin_engine, struct_size, 0, 4);
MEMBER(burin_engine, create, 8, 8);
MEMBER(burin_engine, destroy, 16, 8);
MEMBER(burin_engine, complete_job, 24, 8);
MEMBER(burin_engine, describe_model, 32, 8);
MEMBER(burin_engine, plan, 40, 8);
MEMBER(burin_engine, detect, 48, 8);
MEMBER(burin_engine, detail, 56, 8);
MEMBER(burin_engine, layer_count, 64, 8);
MEMBER(burin_engine, layer, 72, 8);
MEMBER(burin_engine, report, 80, 8);
MEMBER(burin_engine, flatten, 88, 8);
MEMBER(burin_engine, release_result, 96, 8);
MEMBER(burin_engine, text, 104, 8);
MEMBER(burin_engine, release_text, 112, 8);
MEMBER(burin_engine, edit_segs, 120, 8);
MEMBER(burin_engine, segs_mask, 128, 8);
STRUCT(burin_engine, 136);

/* burin/role/preprocessor.h */
MEMBER(burin_preprocessor, struct_size, 0, 4);
MEMBER(burin_preprocessor, create, 8, 8);
MEMBER(burin_preprocessor, destroy, 16, 8);
MEMBER(burin_preprocessor, process, 24, 8);
STRUCT(burin_preprocessor, 32);

/* burin/role/sampler.h */
MEMBER(burin_sampler_host, struct_size, 0, 4);
MEMBER(burin_sampler_host, ctx, 8, 8);
MEMBER(burin_sampler_host, denoise, 16, 8);
MEMBER(burin_sampler_host, denoise_both, 24, 8);
MEMBER(burin_sampler_host, noise, 32, 8);
MEMBER(burin_sampler_host, step_done, 40, 8);
STRUCT(burin_sampler_host, 48);
MEMBER(burin_sampler, struct_size, 0, 4);
MEMBER(burin_sampler, create, 8, 8);
MEMBER(burin_sampler, destroy, 16, 8);
MEMBER(burin_sampler, sample, 24, 8);
STRUCT(burin_sampler, 32);

/* burin/role/scheduler.h */
MEMBER(burin_noise_levels, struct_size, 0, 4);
MEMBER(burin_noise_levels, least, 8, 8);
MEMBER(burin_noise_levels, most, 16, 8);
MEMBER(burin_noise_levels, count, 24, 8);
MEMBER(burin_noise_levels, table, 32, 8);
STRUCT(burin_noise_levels, 40);
MEMBER(burin_scheduler, struct_size, 0, 4);
MEMBER(burin_scheduler, create, 8, 8);
MEMBER(burin_scheduler, destroy, 16, 8);
MEMBER(burin_scheduler, sigmas, 24, 8);
STRUCT(burin_scheduler, 32);

/* burin/role/segmenter.h */
MEMBER(burin_segment_point, x, 0, 8);
MEMBER(burin_segment_point, y, 8, 8);
MEMBER(burin_segment_point, inside, 16, 4);
MEMBER(burin_segment_point, reserved, 20, 4);
STRUCT(burin_segment_point, 24);
MEMBER(burin_segment_prompt, struct_size, 0, 4);
MEMBER(burin_segment_prompt, given, 4, 4);
MEMBER(burin_segment_prompt, x1, 8, 8);
MEMBER(burin_segment_prompt, y1, 16, 8);
MEMBER(burin_segment_prompt, x2, 24, 8);
MEMBER(burin_segment_prompt, y2, 32, 8);
MEMBER(burin_segment_prompt, point_count, 40, 8);
MEMBER(burin_segment_prompt, points, 48, 8);
MEMBER(burin_segment_prompt, mask, 56, 8);
MEMBER(burin_segment_prompt, text, 64, 8);
STRUCT(burin_segment_prompt, 72);
MEMBER(burin_segment, struct_size, 0, 4);
MEMBER(burin_segment, x, 4, 4);
MEMBER(burin_segment, y, 8, 4);
MEMBER(burin_segment, confidence, 16, 8);
MEMBER(burin_segment, mask, 24, 8);
STRUCT(burin_segment, 32);
MEMBER(burin_segments, struct_size, 0, 4);
MEMBER(burin_segments, ctx, 8, 8);
MEMBER(burin_segments, release, 16, 8);
MEMBER(burin_segments, count, 24, 8);
MEMBER(burin_segments, items, 32, 8);
STRUCT(burin_segments, 40);
MEMBER(burin_segmenter_options, struct_size, 0, 4);
MEMBER(burin_segmenter_options, threshold, 8, 8);
STRUCT(burin_segmenter_options, 16);
MEMBER(burin_segmenter, struct_size, 0, 4);
MEMBER(burin_segmenter, understands, 4, 4);
MEMBER(burin_segmenter, create, 8, 8);
MEMBER(burin_segmenter, destroy, 16, 8);
MEMBER(burin_segmenter, segment, 24, 8);
STRUCT(burin_segmenter, 32);

/* burin/role/upscaler.h */
MEMBER(burin_upscaler_options, struct_size, 0, 4);
MEMBER(burin_upscaler_options, tile, 4, 4);
MEMBER(burin_upscaler_options, memory_bytes, 8, 8);
STRUCT(burin_upscaler_options, 16);
MEMBER(burin_upscaler, struct_size, 0, 4);
MEMBER(burin_upscaler, create, 8, 8);
MEMBER(burin_upscaler, destroy, 16, 8);
MEMBER(burin_upscaler, factor, 24, 8);
MEMBER(burin_upscaler, upscale, 32, 8);
STRUCT(burin_upscaler, 40);

/* burin/run.h */
MEMBER(burin_progress, struct_size, 0, 4);
MEMBER(burin_progress, fraction, 8, 8);
MEMBER(burin_progress, seconds_left, 16, 8);
MEMBER(burin_progress, stage, 24, 8);
MEMBER(burin_progress, text, 32, 8);
STRUCT(burin_progress, 40);
MEMBER(burin_preview, struct_size, 0, 4);
MEMBER(burin_preview, id, 8, 8);
MEMBER(burin_preview, x, 16, 4);
MEMBER(burin_preview, y, 20, 4);
MEMBER(burin_preview, width, 24, 4);
MEMBER(burin_preview, height, 28, 4);
MEMBER(burin_preview, pixels, 32, 8);
STRUCT(burin_preview, 40);
MEMBER(burin_run, struct_size, 0, 4);
MEMBER(burin_run, ctx, 8, 8);
MEMBER(burin_run, cancelled, 16, 8);
MEMBER(burin_run, progress, 24, 8);
MEMBER(burin_run, layer_done, 32, 8);
MEMBER(burin_run, preview, 40, 8);
STRUCT(burin_run, 48);

/* burin/tensor.h */
MEMBER(burin_tensor, struct_size, 0, 4);
MEMBER(burin_tensor, flags, 4, 4);
MEMBER(burin_tensor, ctx, 8, 8);
MEMBER(burin_tensor, release, 16, 8);
MEMBER(burin_tensor, dl, 24, 48);
STRUCT(burin_tensor, 72);

/* burin/worker.h */
MEMBER(burin_worker_options, struct_size, 0, 4);
MEMBER(burin_worker_options, address, 8, 8);
MEMBER(burin_worker_options, program, 16, 8);
MEMBER(burin_worker_options, start, 24, 4);
MEMBER(burin_worker_options, unload_after_s, 32, 8);
MEMBER(burin_worker_options, exit_after_s, 40, 8);
MEMBER(burin_worker_options, start_timeout_s, 48, 8);
MEMBER(burin_worker_options, client, 56, 8);
MEMBER(burin_worker_options, host, 64, 8);
STRUCT(burin_worker_options, 72);
MEMBER(burin_worker_status, struct_size, 0, 4);
MEMBER(burin_worker_status, protocol_major, 4, 4);
MEMBER(burin_worker_status, protocol_minor, 8, 4);
MEMBER(burin_worker_status, pid, 16, 8);
MEMBER(burin_worker_status, uptime_s, 24, 8);
MEMBER(burin_worker_status, idle_s, 32, 8);
MEMBER(burin_worker_status, memory_bytes, 40, 8);
MEMBER(burin_worker_status, peak_memory_bytes, 48, 8);
MEMBER(burin_worker_status, clients, 56, 4);
MEMBER(burin_worker_status, jobs_running, 60, 4);
MEMBER(burin_worker_status, jobs_waiting, 64, 4);
MEMBER(burin_worker_status, jobs_done, 72, 8);
MEMBER(burin_worker_status, version, 80, 8);
MEMBER(burin_worker_status, models, 88, 8);
MEMBER(burin_worker_status, device, 96, 8);
STRUCT(burin_worker_status, 104);
