// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The engine: resolves a job, keeps the model loaded, runs the stages.
#include "engine/engine.hpp"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <c10/core/InferenceMode.h>
#include <dlfcn.h>

#include <chrono>
#include <cstdlib>

#include "adapters/control_source.hpp"
#include "burin/role/blender.h"
#include "burin/role/preprocessor.h"
#include "burin/role/sampler.h"
#include "burin/role/scheduler.h"
#include "burin/role/segmenter.h"
#include "burin/role/upscaler.h"
#include "detail/blender_module.hpp"
#include "detail/hook_modules.hpp"
#include "detail/tensor_mat.hpp"
#include "device/device.hpp"
#include "engine/report.hpp"
#include "modules/host_calls.hpp"
#include "prompts/segment_prompts.hpp"
#include "runtime/error.hpp"
#include "segs/mask_operations.hpp"
#include "segs/segs_file.hpp"
#include "weights/safetensors.hpp"
#include "weights/tensor_files.hpp"

namespace burin::core {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string text_or(const char* text, const char* otherwise) {
  return text != nullptr && *text != '\0' ? text : otherwise;
}

std::filesystem::path folder_of_this_module() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&folder_of_this_module), &info) == 0 ||
      info.dli_fname == nullptr)
    return {};
  return std::filesystem::absolute(info.dli_fname).parent_path();
}

// The SEGS file, its masks written to masks_path where that is named and any mask is not its bbox.
nlohmann::json segs_document(const Segs& segs, const std::filesystem::path& masks_path) {
  std::vector<std::pair<std::string, at::Tensor>> masks;
  const auto key_of = [](std::size_t index) { return "seg." + std::to_string(index) + ".mask"; };
  if (!masks_path.empty())
    for (std::size_t i = 0; i < segs.segs.size(); ++i)
      if (!mask_is_bbox(segs.segs[i]))
        masks.emplace_back(key_of(i), to_tensor(segs.segs[i].mask)[0][0]);
  if (!masks.empty()) write_safetensors(masks_path, masks);
  if (masks_path.empty()) return segs_to_json(segs, {});
  return segs_to_json(segs, [&](std::size_t index) -> nlohmann::json {
    return {{"tensor", masks_path.filename().string()}, {"key", key_of(index)}};
  });
}

Job parsed(const char* job, const char* base_dir) {
  if (job == nullptr) throw Error(BURIN_E_INVALID, "The job is NULL, expected JSON.");
  return parse_job(job, std::filesystem::absolute(text_or(base_dir, ".")));
}

// What the job does not say stays as the checkpoint has it. Throws Error{BURIN_E_UNSUPPORTED} for a
// family that can be sampled in one way only.
void apply_sampling(ModelFamily& family, const Job::Sampling& sampling) {
  if (family.prediction == Prediction::residual)
    throw Error(BURIN_E_UNSUPPORTED, "job: model.sampling is given for the " + family.name +
                                         ", which has its own; expected it to be absent");
  if (sampling.prediction) {
    const std::string& name = *sampling.prediction;
    family.prediction = name == "v_prediction" ? Prediction::v
                        : name == "x0"         ? Prediction::x0
                        : name == "lcm"        ? Prediction::lcm
                        : name == "edm"        ? Prediction::edm
                                               : Prediction::eps;
    family.sigma_data = family.prediction == Prediction::edm ? 0.5 : 1;
    family.zero_terminal_snr = false;
  }
  if (sampling.prediction || sampling.sigma_max) {
    family.sigma_min = sampling.sigma_min.value_or(0);
    family.sigma_max = sampling.sigma_max.value_or(0);
  }
  family.zero_terminal_snr = sampling.zero_terminal_snr.value_or(family.zero_terminal_snr);
}

void expect_common_latents(const ModelFamily& model, const ModelFamily& refiner,
                           Semantics semantics) {
  const bool fits = model.latent_channels == refiner.latent_channels &&
                    model.latent_factor == refiner.latent_factor;
  const bool same = fits && model.latent_scale == refiner.latent_scale &&
                    model.latent_mean == refiner.latent_mean;
  if (!fits || (semantics == Semantics::burin && !same))
    throw Error(BURIN_E_MODEL, "The refiner (" + refiner.name +
                                   ") works on other latents than the model (" + model.name +
                                   "), expected two that share an autoencoder.");
  if (refiner.prediction == Prediction::residual)
    throw Error(BURIN_E_MODEL, "The refiner (" + refiner.name +
                                   ") redraws a whole crop by itself, expected a checkpoint that "
                                   "can go on from another's noise.");
}

// Changes where the files do. Only of a folder or an index more is read than where and how large
// they are. Throws what TensorFiles::open throws.
std::string stamp_of(const std::filesystem::path& path) {
  std::error_code code;
  const bool single = std::filesystem::is_regular_file(path, code) && path.extension() != ".json";
  std::string stamp;
  for (const auto& file : single ? std::vector{path} : TensorFiles::open(path).files())
    stamp +=
        file.string() + "|" + std::to_string(std::filesystem::file_size(file, code)) + "|" +
        std::to_string(std::filesystem::last_write_time(file, code).time_since_epoch().count()) +
        "|";
  return stamp;
}

std::string stamp_of(const ModelFiles& files) {
  std::string stamp = stamp_of(files.checkpoint);
  if (files.vae) stamp += "vae|" + stamp_of(*files.vae);
  for (const std::filesystem::path& file : files.text_encoders) stamp += "text|" + stamp_of(file);
  return stamp;
}

// What a job names and is not there ends it before anything is detected or loaded.
void expect_modules(const burin_host* host, const Job& job, const DetailerSettings& settings) {
  const auto expect = [host](const char* role, const std::string& id) {
    const char* data_dir = nullptr;
    find_module(host, role, id, &data_dir);
  };
  if (is_module_id(settings.sampler)) expect(BURIN_SAMPLER_ID, settings.sampler);
  if (is_module_id(settings.scheduler)) expect(BURIN_SCHEDULER_ID, settings.scheduler);
  if (job.detect.segmenter) expect(BURIN_SEGMENTER_ID, job.detect.segmenter->module.id);
  if (job.upscaler) expect(BURIN_UPSCALER_ID, job.upscaler->id);
  if (job.blender) expect(BURIN_BLENDER_ID, job.blender->id);
  for (const ControlUse& use : job.controls)
    if (is_module_id(use.preprocessor)) expect(BURIN_PREPROCESSOR_ID, use.preprocessor);
}

}  // namespace

Engine::Engine(const burin_host* host, const burin_engine_options* options)
    : host_(host), detectors_(host) {
  const bool given = options != nullptr;
  device_name_ = text_or(given && BURIN_HAS(options, device) ? options->device : nullptr, "auto");
  dtype_name_ = text_or(given && BURIN_HAS(options, dtype) ? options->dtype : nullptr, "auto");
  data_dir_ = text_or(given && BURIN_HAS(options, data_dir) ? options->data_dir : nullptr, "");
  if (given && BURIN_HAS(options, memory_bytes)) memory_ = options->memory_bytes;
  const int threads = given && BURIN_HAS(options, threads) ? options->threads : 0;
  if (threads < 0)
    throw Error(BURIN_E_INVALID, "The number of threads is " + std::to_string(threads) +
                                     ", expected 0 (one a core) or more.");
  configure_cpu(threads);
}

const c10::Device& Engine::device() {
  if (!device_chosen_) device_ = choose_device(device_name_);
  device_chosen_ = true;
  return device_;
}

std::filesystem::path Engine::embedded_model() const {
  std::vector<std::filesystem::path> folders;
  if (!data_dir_.empty()) folders.emplace_back(data_dir_);
  if (const char* dir = std::getenv("BURIN_DATA_DIR"); dir != nullptr && *dir != '\0')
    folders.emplace_back(dir);
  for (auto folder = folder_of_this_module(); !folder.empty(); folder = folder.parent_path()) {
    folders.push_back(folder / "share" / "burin");
    if (folder == folder.root_path()) break;
  }
  for (const auto& folder : folders)
    for (const auto& file : {folder / "face.safetensors", folder / "models" / "face.safetensors"})
      if (std::filesystem::exists(file)) return file;
  std::string tried;
  for (const auto& folder : folders) tried += (tried.empty() ? "" : ", ") + folder.string();
  throw Error(BURIN_E_NOT_FOUND, "The embedded model face.safetensors was not found; looked in " +
                                     tried + ". Name a model with --model, or set BURIN_DATA_DIR.");
}

const ModelFamily& Engine::family_of(const FoundModel& found) {
  if (const ModelFamily* known = families_.find(found.stamp)) return *known;
  families_.add(found.stamp, identify_model(found.files));
  return families_.latest().second;
}

Engine::Resolved Engine::resolve(const char* job, const char* base_dir) {
  Resolved resolved;
  resolved.job = parsed(job, base_dir);
  const std::filesystem::path base = resolved.job.base_dir;
  for (const ControlUse& use : resolved.job.controls)
    control_kind(Safetensors::open(resolve_path(resolved.job, use.file)));
  const Job& parsed = resolved.job;
  ModelFiles& files = resolved.model.files;
  files.checkpoint = parsed.checkpoint ? base / *parsed.checkpoint : embedded_model();
  if (parsed.vae) files.vae = base / *parsed.vae;
  for (const std::string& file : parsed.text_encoders) files.text_encoders.push_back(base / file);
  resolved.model.stamp = stamp_of(files);
  resolved.family = family_of(resolved.model);
  if (parsed.sampling) apply_sampling(resolved.family, *parsed.sampling);
  if (parsed.refiner) {
    const ModelFiles refiner{base / parsed.refiner->checkpoint};
    resolved.refiner = FoundModel{refiner, stamp_of(refiner)};
    expect_common_latents(resolved.family, family_of(*resolved.refiner), parsed.semantics);
  }
  // impact behaviour: what a family does best with is the user's to know; only Burin's own models,
  // which the reference does not have, speak up.
  const bool speaks = parsed.semantics == Semantics::burin || !resolved.family.has_text;
  resolved.settings =
      resolve_settings(parsed, speaks ? resolved.family.recommended : nlohmann::json::object());
  if (resolved.family.recommended.contains("crop_factor"))
    resolved.crop_factor = resolved.family.recommended["crop_factor"].get<double>();
  expect_modules(host_, parsed, resolved.settings);
  return resolved;
}

std::string Engine::complete_job(const char* job, const char* base_dir) {
  const Resolved resolved = resolve(job, base_dir);
  nlohmann::json complete = job_to_json(resolved.job, resolved.settings);
  if (!resolved.job.detect.crop_factor && complete.contains("detect"))
    complete["detect"]["crop_factor"] = resolved.crop_factor;
  return complete.dump(2);
}

std::string Engine::describe_model(const char* path) {
  const std::filesystem::path file =
      path != nullptr ? std::filesystem::path(path) : embedded_model();
  return core::describe_model(file).dump(2);
}

Segs Engine::segs_for(const Resolved& resolved, HookModules& hooks, const ImageView& image,
                      Run& run) {
  const Job& job = resolved.job;
  Segs segs = find_segs(host_, detectors_, job, resolved.crop_factor, image, run);
  WildcardFiles files(resolve_paths(job, job.paths.wildcards));
  for (const std::string& note : assign_prompts(segs, job, resolved.settings.seed, files))
    run.warn(note);
  keep_only(segs, job.only);
  if (!hooks.empty()) {
    hooks.post_detection(segs);
    hooks.post_crop_region(segs, job, resolved.settings, run);
  }
  return segs;
}

Plan Engine::plan_for(const Resolved& resolved, const Segs& segs, HookModules& hooks,
                      at::ScalarType dtype, const Run& run) const {
  const double budget =
      memory_ > 0 ? static_cast<double>(memory_) : static_cast<double>(free_memory(device_)) / 2;
  ChangeSize change_size;
  if (!hooks.empty())
    change_size = [&](std::size_t seg, cv::Size size) {
      return hooks.touch_scaled_size(segs, seg, size, resolved.job, resolved.settings, run);
    };
  return make_plan(segs, resolved.job.semantics, resolved.settings,
                   geometry_of(resolved.family, dtype), budget, change_size);
}

std::string Engine::plan(const char* job, const char* base_dir, const ImageView& image, Run& run) {
  const Resolved resolved = resolve(job, base_dir);
  HookModules hooks(host_, resolved.job.hooks);
  const Segs segs = segs_for(resolved, hooks, image, run);
  const at::ScalarType dtype = choose_dtype(dtype_name_, device(), resolved.job.semantics);
  nlohmann::json plan = plan_to_json(plan_for(resolved, segs, hooks, dtype, run), segs);
  plan["model"] = {{"file", resolved.model.files.checkpoint.string()},
                   {"family", resolved.family.name}};
  plan["device"] = describe_device(device());
  plan["dtype"] = name_of_dtype(dtype);
  return plan.dump(2);
}

std::string Engine::edit_segs(const char* job, const char* base_dir, cv::Size size,
                              const char* masks_path, Run& run) {
  const Segs segs = find_segs_without_picture(host_, parsed(job, base_dir), size, run);
  return segs_document(segs, text_or(masks_path, "")).dump(2);
}

cv::Mat Engine::segs_mask(const char* job, const char* base_dir, cv::Size size, Run& run) {
  const Job request = parsed(job, base_dir);
  const Segs segs = find_segs_without_picture(host_, request, size, run);
  return follows_reference(request.semantics) ? combined_mask(segs) : union_mask(segs);
}

std::string Engine::detect(const char* job, const char* base_dir, const ImageView& image,
                           const char* masks_path, Run& run) {
  const Resolved resolved = resolve(job, base_dir);
  Segs segs = find_segs(host_, detectors_, resolved.job, resolved.crop_factor, image, run);
  keep_only(segs, resolved.job.only);
  return segs_document(segs, text_or(masks_path, "")).dump(2);
}

const Model& Engine::model_for(Loaded& loaded, const FoundModel& found, at::ScalarType dtype,
                               Run& run) {
  const std::string key = found.stamp + name_of_dtype(dtype);
  if (loaded.model && loaded.key == key) return *loaded.model;
  if (&loaded == &model_) {
    controls_.reset();
    loras_.reset();
  }
  loaded.model.reset();
  loaded.remembered = {};
  // float32 is asked for where exactness is: no rounding to TF32 inside cuDNN and cuBLAS then.
  at::globalContext().setAllowTF32CuDNN(dtype != at::kFloat);
  at::globalContext().setAllowTF32CuBLAS(dtype != at::kFloat);
  if (run.progress)
    run.progress({0, -1, "load", "loading " + found.files.checkpoint.filename().string()});
  loaded.model = std::make_unique<Model>(load_model(found.files, dtype, device()));
  return_free_memory();  // what was only needed to load it
  if (&loaded == &model_) {
    loras_ = std::make_unique<LoraMerger>(*loaded.model);
    controls_ = std::make_unique<ControlCache>(*loaded.model);
  }
  loaded.key = key;
  return *loaded.model;
}

std::unique_ptr<Result> Engine::detail(const char* job, const char* base_dir,
                                       const ImageView& image, Run& run) {
  const auto start = Clock::now();
  const c10::InferenceMode inference;
  const Resolved resolved = resolve(job, base_dir);
  const ColourTransform colours(image);
  RunReport report;
  HookModules hooks(host_, resolved.job.hooks);
  const auto detect_start = Clock::now();
  const Segs segs = segs_for(resolved, hooks, image, run);
  // Its buffers grow with the picture, and the networks need the room more.
  if (detectors_.close()) return_free_memory();
  report.detect = seconds_since(detect_start);

  const at::ScalarType dtype = choose_dtype(dtype_name_, device(), resolved.job.semantics);
  const Plan plan = plan_for(resolved, segs, hooks, dtype, run);
  DetailResult detailed;
  std::vector<std::string> jobs;
  for (const Task& task : plan.tasks)
    jobs.push_back(job_for_one(resolved.job, resolved.settings, segs.segs[task.seg]));
  if (!plan.tasks.empty()) {
    ImageView shown = image;
    const cv::Mat so_far =
        resolved.job.semantics == Semantics::foreach ? float_copy(image) : cv::Mat();
    if (!so_far.empty()) {
      shown.data = so_far.data;
      shown.depth = Depth::f32;
      shown.row_bytes = so_far.step;
    }
    const std::vector<cv::Mat> control_images = read_control_images(host_, resolved.job);
    const double budget = static_cast<double>(memory_ > 0 ? memory_ : free_memory(device()) / 2);
    std::function<void(std::size_t, const Layer&)> layer_done;
    if (run.layer_done)
      layer_done = [&](std::size_t task, const Layer& layer) {
        burin_layer filled{};
        filled.struct_size = sizeof filled;
        const LayerTensors tensors(layer);  // what `filled` names
        tensors.describe(layer, jobs[task], filled);
        run.layer_done(filled);
      };
    std::optional<Upscaler> upscaler;
    if (resolved.job.upscaler) upscaler.emplace(host_, *resolved.job.upscaler);
    std::optional<Blender> blender;
    if (resolved.job.blender) blender.emplace(host_, *resolved.job.blender);
    const auto with_models = [&](at::ScalarType precision, const auto& work) {
      const auto load_start = Clock::now();
      const Model& model = model_for(model_, resolved.model, precision, run);
      model_.model->family = resolved.family;  // the job's sampling may differ
      const Model* refiner = nullptr;
      if (resolved.refiner)
        refiner = &model_for(refiner_, *resolved.refiner, precision, run);
      else
        refiner_ = {};
      report.load += seconds_since(load_start);
      const NoiseLevels levels = noise_levels(resolved.family);
      const NoiseLevels refiner_levels = noise_levels(refiner ? refiner->family : resolved.family);
      work({model,
            levels,
            shown,
            colours,
            segs,
            resolved.job,
            resolved.settings,
            plan,
            run,
            *loras_,
            *controls_,
            control_images,
            refiner,
            refiner ? &refiner_levels : nullptr,
            budget,
            hooks.empty() ? nullptr : &hooks,
            host_,
            upscaler ? &*upscaler : nullptr,
            blender ? &*blender : nullptr,
            layer_done,
            &model_.remembered,
            &refiner_.remembered});
    };
    with_models(dtype, [&](const DetailContext& context) { detailed = core::detail(context); });
    if (!detailed.unusable.empty())
      with_models(at::kFloat, [&](const DetailContext& exact) { redo(exact, detailed); });
  }
  if (resolved.job.output.trace)
    write_safetensors(resolved.job.base_dir / *resolved.job.output.trace, detailed.trace);

  Segs output = segs;
  output.segs.clear();
  for (const Task& task : plan.tasks) {
    output.segs.push_back(segs.segs[task.seg]);
    if (resolved.settings.batch_size > 1)
      output.segs.back().id = static_cast<std::int64_t>(output.segs.size());
  }
  std::filesystem::path masks_path;
  if (resolved.job.output.segs_dir) {
    const std::filesystem::path folder = resolved.job.base_dir / *resolved.job.output.segs_dir;
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    if (code)
      throw Error(BURIN_E_IO,
                  "The folder '" + folder.string() + "' cannot be made: " + code.message() + ".");
    masks_path = folder / "masks.safetensors";
  }
  report.segs = segs_document(output, masks_path);
  report.device = describe_device(device());
  report.dtype = name_of_dtype(dtype);
  report.device_memory = used_device_memory(device());
  report.warnings = run.warnings;
  report.total = seconds_since(start);
  std::string text = report_to_json(report, detailed).dump(2);
  return std::make_unique<Result>(std::move(detailed), resolved.job.semantics, std::move(jobs),
                                  std::move(text));
}

}  // namespace burin::core
