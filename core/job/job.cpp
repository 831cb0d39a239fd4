// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Parsing a job.
#include "job/job.hpp"

#include <utility>

#include "job/adapters.hpp"
#include "job/settings.hpp"
#include "runtime/error.hpp"
#include "runtime/json_fields.hpp"
#include "runtime/json_text.hpp"
#include "segs/operations.hpp"
#include "segs/segs_file.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

constexpr double kLeastCropFactor = 1, kMostCropFactor = 100;
constexpr std::int64_t kMostPixels = 65536;

void read_version(const Fields& fields) {
  const auto version = whole_number(fields, "burin_job", 1, INT64_MAX);
  if (version && *version != 1)
    throw Error(BURIN_E_UNSUPPORTED, fields.prefix + "burin_job is " + std::to_string(*version) +
                                         "; this build reads version 1");
}

Job::Sampling read_sampling(const Fields& fields) {
  constexpr double least_sigma = 1e-6, most_sigma = 1e6;
  only_keys(fields, {"prediction", "zero_terminal_snr", "sigma_min", "sigma_max"});
  Job::Sampling sampling;
  const std::vector<std::string_view> predictions{"eps", "v_prediction", "x0", "lcm", "edm"};
  if (const auto which = choice(fields, "prediction", predictions))
    sampling.prediction = predictions[*which];
  sampling.zero_terminal_snr = boolean(fields, "zero_terminal_snr");
  sampling.sigma_min = number(fields, "sigma_min", least_sigma, most_sigma);
  sampling.sigma_max = number(fields, "sigma_max", least_sigma, most_sigma);
  const bool edm = sampling.prediction == "edm";
  if (!edm && !sampling.sigma_min && !sampling.sigma_max) return sampling;
  if (sampling.prediction == "x0" || sampling.prediction == "lcm")
    throw Error(fields.status, fields.prefix + "sigma_min and sigma_max are given for " +
                                   *sampling.prediction +
                                   "; expected them for eps, v_prediction or edm only");
  if (sampling.zero_terminal_snr.value_or(false))
    throw Error(fields.status, fields.prefix +
                                   "zero_terminal_snr is true for levels between sigma_min and "
                                   "sigma_max; expected false");
  if (!sampling.sigma_min) sampling.sigma_min = 0.002;
  if (!sampling.sigma_max) sampling.sigma_max = edm ? 80 : 120;
  if (*sampling.sigma_max <= *sampling.sigma_min)
    refuse(fields, "sigma_max", *sampling.sigma_max, "more than sigma_min");
  return sampling;
}

std::vector<std::string> read_text_encoders(const Fields& fields) {
  constexpr std::size_t most = 3;
  std::vector<std::string> files;
  const json* list = member(fields, "text_encoders");
  if (!list) return files;
  if (!list->is_array() || list->size() > most)
    refuse(fields, "text_encoders", *list, "a list of at most " + std::to_string(most) + " paths");
  for (const json& file : *list) {
    const json one = {{"text_encoders", file}};
    const auto path = path_member({&one, fields.prefix, fields.status}, "text_encoders");
    if (!path) refuse(fields, "text_encoders", file, "a list of paths");
    files.push_back(*path);
  }
  return files;
}

Job::Refiner read_refiner(const Fields& fields) {
  only_keys(fields, {"checkpoint", "positive", "negative"});
  Job::Refiner refiner;
  refiner.checkpoint = needed_path(fields, "checkpoint", "the path of a checkpoint");
  refiner.positive = text_member(fields, "positive");
  refiner.negative = text_member(fields, "negative");
  return refiner;
}

Job::PromptMask read_prompt_mask(const Fields& fields) {
  only_keys(fields, {"rect", "strength"});
  constexpr std::int64_t most = 1 << 20;
  Job::PromptMask mask;
  const json* rect = member(fields, "rect");
  if (!rect || !rect->is_array() || rect->size() != 4)
    refuse(fields, "rect", rect ? *rect : json(nullptr), "a list of x1, y1, x2 and y2");
  std::int64_t* const sides[] = {&mask.x1, &mask.y1, &mask.x2, &mask.y2};
  for (std::size_t i = 0; i < 4; ++i)
    *sides[i] = whole_value(fields, "rect[" + std::to_string(i) + "]", (*rect)[i], -most, most);
  if (mask.x1 >= mask.x2 || mask.y1 >= mask.y2)
    refuse(fields, "rect", *rect, "x1 below x2 and y1 below y2");
  mask.strength = number(fields, "strength", 0, 10).value_or(mask.strength);
  return mask;
}

void read_model(const Fields& fields, Job& job) {
  only_keys(fields, {"checkpoint", "vae", "text_encoders", "clip_skip", "sampling"});
  job.checkpoint = path_member(fields, "checkpoint");
  job.vae = path_member(fields, "vae");
  job.text_encoders = read_text_encoders(fields);
  if (const auto skip = whole_number(fields, "clip_skip", -24, -1))
    job.clip_skip = static_cast<int>(*skip);
  if (const auto sampling = object_member(fields, "sampling");
      sampling && !sampling->object->empty())
    job.sampling = read_sampling(*sampling);
}

void read_prompt(const Fields& fields, Job& job) {
  only_keys(fields, {"positive", "negative", "wildcard", "negative_wildcard", "mask"});
  job.positive = text_member(fields, "positive").value_or("");
  job.negative = text_member(fields, "negative").value_or("");
  job.wildcard = text_member(fields, "wildcard").value_or("");
  job.negative_wildcard = text_member(fields, "negative_wildcard").value_or("");
  if (const auto mask = object_member(fields, "mask"); mask && !mask->object->empty())
    job.prompt_mask = read_prompt_mask(*mask);
}

json read_segs(const Fields& fields, const json& segs) {
  if (segs.is_string()) return *path_member(fields, "segs");
  if (!segs.is_array()) refuse(fields, "segs", segs, "a list of SEGS or the path of a SEGS file");
  try {
    check_seg_list(segs);
  } catch (const Error& error) {
    throw Error(error.status(), fields.prefix + error.what());
  }
  return segs;
}

Job::Selection read_selection(const Fields& fields) {
  only_keys(fields, {"file", "combined", "bbox_fill", "contour_fill", "crop_factor", "drop_size"});
  Job::Selection selection;
  selection.file = needed_path(fields, "file", "the path of a greyscale picture");
  selection.combined = boolean(fields, "combined").value_or(selection.combined);
  selection.bbox_fill = boolean(fields, "bbox_fill").value_or(selection.bbox_fill);
  selection.contour_fill = boolean(fields, "contour_fill").value_or(selection.contour_fill);
  selection.crop_factor = number(fields, "crop_factor", kLeastCropFactor, kMostCropFactor)
                              .value_or(selection.crop_factor);
  selection.drop_size = static_cast<int>(
      whole_number(fields, "drop_size", 0, kMostPixels).value_or(selection.drop_size));
  return selection;
}

Job::Detect read_detect(const Fields& fields, Semantics semantics,
                        const std::filesystem::path& base_dir) {
  only_keys(fields, {"detector", "threshold", "dilation", "crop_factor", "drop_size", "labels",
                     "shape", "max_count", "filters", "params", "segmenter"});
  Job::Detect detect;
  detect.ellipse = semantics == Semantics::burin;
  if (follows_reference(semantics)) detect.drop_size = 10;
  if (const auto name = text_member(fields, "detector")) {
    if (name->empty()) refuse(fields, "detector", *name, "the name of a detector");
    detect.detector = *name;
  }
  detect.threshold = number(fields, "threshold", 0, 1).value_or(detect.threshold);
  detect.dilation =
      static_cast<int>(whole_number(fields, "dilation", -512, 512).value_or(detect.dilation));
  detect.crop_factor = number(fields, "crop_factor", kLeastCropFactor, kMostCropFactor);
  detect.drop_size = static_cast<int>(
      whole_number(fields, "drop_size", 0, kMostPixels).value_or(detect.drop_size));
  detect.labels = text_member(fields, "labels").value_or(detect.labels);
  if (const auto shape = choice(fields, "shape", {"ellipse", "box"})) detect.ellipse = *shape == 0;
  detect.max_count = static_cast<int>(
      whole_number(fields, "max_count", 0, kMostPixels).value_or(detect.max_count));
  if (const json* filters = member(fields, "filters")) {
    check_operations(*filters, fields.prefix);
    detect.filters = *filters;
  }
  if (const auto params = object_member(fields, "params")) detect.params = *params->object;
  if (const auto segmenter = object_member(fields, "segmenter")) {
    only_keys(*segmenter, {"id", "params", "threshold"});
    detect.segmenter = {read_module_use(*segmenter, base_dir),
                        number(*segmenter, "threshold", 0, 1)};
  }
  return detect;
}

void read_source(const Fields& fields, Job& job) {
  std::string_view given;
  for (std::string_view key : {"segs", "selection", "detect"}) {
    if (!member(fields, key)) continue;
    if (!given.empty())
      throw Error(fields.status, fields.prefix + std::string(given) + " and " + std::string(key) +
                                     " are both given; expected one of segs, selection and detect");
    given = key;
  }
  if (const json* segs = member(fields, "segs")) job.segs = read_segs(fields, *segs);
  if (const auto selection = object_member(fields, "selection"))
    job.selection = read_selection(*selection);
  const json none = json::object();
  job.detect =
      read_detect(object_member(fields, "detect").value_or(Fields{&none, "", fields.status}),
                  job.semantics, job.base_dir);
}

std::vector<std::int64_t> read_only(const Fields& fields) {
  std::vector<std::int64_t> ids;
  const json* list = member(fields, "only");
  if (!list) return ids;
  if (!list->is_array() || list->size() > kMostSegs)
    refuse(fields, "only", *list, "a list of at most " + std::to_string(kMostSegs) + " ids");
  for (std::size_t i = 0; i < list->size(); ++i)
    ids.push_back(whole_value(fields, "only[" + std::to_string(i) + "]", (*list)[i], 1, INT64_MAX));
  return ids;
}

json read_detailer(const Fields& fields) {
  only_keys(fields, detailer_keys());
  DetailerSettings checked;
  read_settings(fields, checked);
  json given = json::object();
  for (const auto& [key, value] : fields.object->items()) {
    if (!value.is_null()) given[key] = value;
  }
  return given;
}

// A module that does what the reference does by itself.
std::optional<ModuleUse> read_own_module(const Fields& fields, const char* key, const Job& job) {
  const auto module = object_member(fields, key);
  if (!module) return std::nullopt;
  only_keys(*module, {"id", "params"});
  if (follows_reference(job.semantics))
    throw Error(fields.status, fields.prefix + key +
                                   " is given in an impact or foreach job, whose reference does "
                                   "that by itself; expected semantics burin");
  return read_module_use(*module, job.base_dir);
}

void read_paste(const Fields& fields, Job& job) {
  constexpr double most_feather = 1000;
  only_keys(fields, {"feather", "alpha", "colour_guard", "blender"});
  if (follows_reference(job.semantics)) {
    if (const auto feather = whole_number(fields, "feather", 0, std::int64_t(most_feather)))
      job.paste_feather = double(*feather);
  } else {
    job.paste_feather = number(fields, "feather", 0, most_feather);
  }
  job.paste_alpha =
      static_cast<int>(whole_number(fields, "alpha", 0, 255).value_or(job.paste_alpha));
  job.colour_guard = boolean(fields, "colour_guard").value_or(job.colour_guard);
  job.blender = read_own_module(fields, "blender", job);
}

Job::Output read_output(const Fields& fields) {
  only_keys(fields, {"image", "layers", "segs_dir", "control_dir", "trace"});
  return {path_member(fields, "image"), path_member(fields, "layers"),
          path_member(fields, "segs_dir"), path_member(fields, "control_dir"),
          path_member(fields, "trace")};
}

// Levels that are given leave nothing for these hooks to change.
void refuse_idle_schedules(const Job& job) {
  if (!job.detailer.contains("sigmas")) return;
  for (const Hook& hook : job.hooks) {
    const auto* schedule = std::get_if<ScheduleHook>(&hook);
    if (schedule && schedule->setting != ScheduleHook::Setting::cfg)
      throw Error(BURIN_E_JOB,
                  "job: hooks has a schedule of steps or denoise beside detailer.sigmas, which "
                  "stands in place of both; expected one of them");
  }
}

}  // namespace

Job parse_job(std::string_view text, const std::filesystem::path& base_dir) {
  const json document = parse_json(text, {});
  if (!document.is_object())
    throw Error(BURIN_E_JOB, "the job is " + described(document) + "; expected an object");
  const Fields fields{&document, "job: ", BURIN_E_JOB};
  only_keys(fields, {"burin_job", "image", "semantics", "model", "refiner", "loras", "controls",
                     "prompt", "segs", "selection", "detect", "filters", "only", "detailer",
                     "hooks", "upscaler", "paste", "output", "paths"});
  read_version(fields);
  Job job;
  job.base_dir = base_dir;
  job.image = path_member(fields, "image");
  if (const auto semantics = choice(fields, "semantics", {"burin", "impact", "foreach"}))
    job.semantics = static_cast<Semantics>(*semantics);
  if (const auto model = object_member(fields, "model")) read_model(*model, job);
  if (const auto refiner = object_member(fields, "refiner"); refiner && !refiner->object->empty())
    job.refiner = read_refiner(*refiner);
  read_adapters(fields, job);
  if (const auto prompt = object_member(fields, "prompt")) read_prompt(*prompt, job);
  read_source(fields, job);
  if (const json* filters = member(fields, "filters")) {
    check_operations(*filters, fields.prefix);
    for (const json& filter : *filters) job.detect.filters.push_back(filter);
  }
  job.only = read_only(fields);
  if (const auto detailer = object_member(fields, "detailer"))
    job.detailer = read_detailer(*detailer);
  if (const auto paste = object_member(fields, "paste")) read_paste(*paste, job);
  job.hooks = read_hooks(fields, base_dir);
  job.upscaler = read_own_module(fields, "upscaler", job);
  refuse_idle_schedules(job);
  if (const auto output = object_member(fields, "output")) job.output = read_output(*output);
  return job;
}

}  // namespace burin::core
