// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Writing a job with every default.
#include <optional>

#include "job/adapters.hpp"
#include "job/job.hpp"
#include "job/settings.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

template <class Value>
json or_null(const std::optional<Value>& value) {
  return value ? json(*value) : json(nullptr);
}

const char* semantics_name(Semantics semantics) {
  return semantics == Semantics::burin    ? "burin"
         : semantics == Semantics::impact ? "impact"
                                          : "foreach";
}

json path_or_null(const Job& job, const std::optional<std::string>& path) {
  return path ? json(resolve_path(job, *path).string()) : json(nullptr);
}

json segs_with_absolute_paths(const Job& job, json segs) {
  if (segs.is_string()) return resolve_path(job, segs.get<std::string>()).string();
  for (json& seg : segs) {
    const auto mask = seg.find("mask");
    if (mask == seg.end() || !mask->is_object()) continue;
    for (const char* key : {"file", "tensor"}) {
      const auto path = mask->find(key);
      if (path != mask->end() && path->is_string())
        *path = resolve_path(job, path->get<std::string>()).string();
    }
  }
  return segs;
}

json sampling_to_json(const std::optional<Job::Sampling>& sampling) {
  if (!sampling) return nullptr;
  return {{"prediction", or_null(sampling->prediction)},
          {"zero_terminal_snr", or_null(sampling->zero_terminal_snr)},
          {"sigma_min", or_null(sampling->sigma_min)},
          {"sigma_max", or_null(sampling->sigma_max)}};
}

json selection_to_json(const Job& job, const Job::Selection& selection) {
  return {{"file", resolve_path(job, selection.file).string()},
          {"combined", selection.combined},
          {"bbox_fill", selection.bbox_fill},
          {"contour_fill", selection.contour_fill},
          {"crop_factor", selection.crop_factor},
          {"drop_size", selection.drop_size}};
}

json filters_with_absolute_paths(const Job& job, json filters) {
  for (json& operation : filters)
    for (auto& [name, parameters] : operation.items()) {
      if (name == "concat") parameters = resolve_path(job, parameters.get<std::string>()).string();
      if (!parameters.is_object()) continue;
      for (const char* key : {"segs", "mask", "inside", "outside"}) {
        const auto path = parameters.find(key);
        if (path != parameters.end() && path->is_string())
          *path = resolve_path(job, path->get<std::string>()).string();
      }
    }
  return filters;
}

json module_to_json(const std::optional<ModuleUse>& use) {
  return use ? json{{"id", use->id}, {"params", use->params}} : json(nullptr);
}

json segmenter_to_json(const std::optional<SegmenterUse>& use) {
  if (!use) return nullptr;
  json segmenter = module_to_json(use->module);
  segmenter["threshold"] = or_null(use->threshold);
  return segmenter;
}

json detect_to_json(const Job::Detect& detect) {
  return {{"detector", detect.detector},
          {"threshold", detect.threshold},
          {"dilation", detect.dilation},
          {"crop_factor", or_null(detect.crop_factor)},
          {"drop_size", detect.drop_size},
          {"labels", detect.labels},
          {"shape", detect.ellipse ? "ellipse" : "box"},
          {"max_count", detect.max_count},
          {"params", detect.params},
          {"segmenter", segmenter_to_json(detect.segmenter)}};
}

}  // namespace

std::filesystem::path resolve_path(const Job& job, const std::string& path) {
  const std::filesystem::path joined = job.base_dir / path;
  std::error_code no_working_folder;
  const std::filesystem::path absolute = std::filesystem::absolute(joined, no_working_folder);
  return (no_working_folder ? joined : absolute).lexically_normal();
}

std::vector<std::filesystem::path> resolve_paths(const Job& job,
                                                 const std::vector<std::string>& paths) {
  std::vector<std::filesystem::path> resolved;
  for (const std::string& path : paths) resolved.push_back(resolve_path(job, path));
  return resolved;
}

json job_to_json(const Job& job, const DetailerSettings& settings) {
  json document = {{"burin_job", 1},
                   {"image", path_or_null(job, job.image)},
                   {"semantics", semantics_name(job.semantics)},
                   {"model",
                    {{"checkpoint", path_or_null(job, job.checkpoint)},
                     {"vae", path_or_null(job, job.vae)},
                     {"text_encoders", absolute_paths(job, job.text_encoders)},
                     {"clip_skip", or_null(job.clip_skip)},
                     {"sampling", sampling_to_json(job.sampling)}}},
                   {"prompt",
                    {{"positive", job.positive},
                     {"negative", job.negative},
                     {"wildcard", job.wildcard},
                     {"negative_wildcard", job.negative_wildcard}}},
                   {"filters", filters_with_absolute_paths(job, job.detect.filters)},
                   {"only", job.only},
                   {"hooks", hooks_to_json(job.hooks)},
                   {"upscaler", module_to_json(job.upscaler)},
                   {"detailer", settings_to_json(settings)},
                   {"paste",
                    {{"feather", or_null(job.paste_feather)},
                     {"alpha", job.paste_alpha},
                     {"colour_guard", job.colour_guard},
                     {"blender", module_to_json(job.blender)}}},
                   {"output",
                    {{"image", path_or_null(job, job.output.image)},
                     {"layers", path_or_null(job, job.output.layers)},
                     {"segs_dir", path_or_null(job, job.output.segs_dir)},
                     {"control_dir", path_or_null(job, job.output.control_dir)},
                     {"trace", path_or_null(job, job.output.trace)}}}};
  put_adapters(job, document);
  if (job.refiner)
    document["refiner"] = {{"checkpoint", resolve_path(job, job.refiner->checkpoint).string()},
                           {"positive", or_null(job.refiner->positive)},
                           {"negative", or_null(job.refiner->negative)}};
  if (const auto& mask = job.prompt_mask)
    document["prompt"]["mask"] = {{"rect", {mask->x1, mask->y1, mask->x2, mask->y2}},
                                  {"strength", mask->strength}};
  if (job.segs)
    document["segs"] = segs_with_absolute_paths(job, *job.segs);
  else if (job.selection)
    document["selection"] = selection_to_json(job, *job.selection);
  else
    document["detect"] = detect_to_json(job.detect);
  return document;
}

}  // namespace burin::core
