// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading, completing and writing the parameters of SEGSDetailer.
#include "job/settings.hpp"

#include <algorithm>

#include "runtime/error.hpp"
#include "runtime/text.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

// The reference's "_gpu" samplers draw the same noise elsewhere; here it comes from one place.
std::string without_gpu(const std::string& name) {
  for (std::string_view base : {"dpmpp_sde", "dpmpp_2m_sde", "dpmpp_2m_sde_heun", "dpmpp_3m_sde"}) {
    if (name == std::string(base) + "_gpu") return std::string(base);
  }
  return name;
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// One of those offered, or the id of a module.
std::optional<std::string> name_member(const Fields& fields, std::string_view key,
                                       const std::vector<std::string_view>& offered) {
  const auto text = text_member(fields, key);
  if (!text) return std::nullopt;
  const std::string name = without_gpu(*text);
  if (contains(offered, name) || is_module_id(name)) return name;
  const std::string_view meant = nearest(*text, offered);
  refuse(fields, key, *text,
         "one of " + joined(offered) +
             (meant.empty() ? "" : " (did you mean " + in_quotes(meant) + "?)"));
}

std::vector<double> read_sigmas(const Fields& fields) {
  constexpr std::size_t most = 10001;
  constexpr double most_sigma = 1e6;
  const json* list = member(fields, "sigmas");
  if (!list) return {};
  if (!list->is_array() || list->size() < 2 || list->size() > most)
    refuse(fields, "sigmas", *list, "a list of 2 to " + std::to_string(most) + " noise levels");
  std::vector<double> sigmas;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const json& value = (*list)[i];
    const std::string key = "sigmas[" + std::to_string(i) + "]";
    const double sigma = value.is_number() ? value.get<double>() : -1;
    const bool may_be_zero = i + 1 == list->size();
    if (!(sigma >= 0 && sigma <= most_sigma) || (sigma == 0 && !may_be_zero))
      refuse(fields, key, value,
             may_be_zero ? "a number from 0 to 1000000" : "a number above 0, at most 1000000");
    if (i > 0 && sigma > sigmas.back())
      refuse(fields, key, value, "at most the level before it, as levels never rise");
    sigmas.push_back(sigma);
  }
  if (sigmas.front() == sigmas.back())
    refuse(fields, "sigmas", *list, "at least two different levels");
  return sigmas;
}

template <class Value, class Read>
void replace(Value& value, const Read& read) {
  if (read) value = static_cast<Value>(*read);
}

void expect_module(const json& params, const char* key, const std::string& name) {
  if (!params.empty() && !is_module_id(name))
    throw Error(BURIN_E_JOB, std::string("job: detailer.") + key + " is given for \"" + name +
                                 "\", which has no parameters; expected the id of a plug-in");
}

json given(const json& params) { return params.empty() ? json(nullptr) : params; }

}  // namespace

const std::vector<std::string_view>& detailer_keys() {
  static const std::vector<std::string_view> keys = {
      "guide_size",
      "guide_size_for",
      "max_size",
      "seed",
      "steps",
      "cfg",
      "sigmas",
      "sampler_name",
      "sampler_params",
      "scheduler",
      "scheduler_params",
      "denoise",
      "noise_mask",
      "force_inpaint",
      "refiner_ratio",
      "batch_size",
      "cycle",
      "inpaint_model",
      "noise_mask_feather",
  };
  return keys;
}

void read_settings(const Fields& fields, DetailerSettings& settings) {
  constexpr double least_size = 8, most_size = 16384;
  DetailerSettings& s = settings;
  replace(s.guide_size, number(fields, "guide_size", least_size, most_size));
  if (const auto what = choice(fields, "guide_size_for", {"bbox", "crop_region"}))
    s.guide_size_for_bbox = *what == 0;
  replace(s.max_size, number(fields, "max_size", least_size, most_size));
  replace(s.seed, seed_member(fields, "seed"));
  replace(s.steps, whole_number(fields, "steps", 1, 10000));
  replace(s.cfg, number(fields, "cfg", 0, 100));
  const std::vector<std::string_view> samplers = views(sampler_names());
  const std::vector<std::string_view> schedulers = views(scheduler_names());
  if (auto name = name_member(fields, "sampler_name", samplers)) s.sampler = *name;
  if (auto name = name_member(fields, "scheduler", schedulers)) s.scheduler = *name;
  if (const auto params = object_member(fields, "sampler_params"))
    s.sampler_params = *params->object;
  if (const auto params = object_member(fields, "scheduler_params"))
    s.scheduler_params = *params->object;
  replace(s.denoise, number(fields, "denoise", 0.0001, 1));
  if (std::vector<double> sigmas = read_sigmas(fields); !sigmas.empty())
    s.sigmas = std::move(sigmas);
  if (!s.sigmas.empty()) s.steps = static_cast<int>(s.sigmas.size()) - 1;
  replace(s.noise_mask, boolean(fields, "noise_mask"));
  replace(s.force_inpaint, boolean(fields, "force_inpaint"));
  replace(s.refiner_ratio, number(fields, "refiner_ratio", 0, 1));
  replace(s.batch_size, whole_number(fields, "batch_size", 1, 100));
  replace(s.cycle, whole_number(fields, "cycle", 1, 10));
  replace(s.inpaint_model, boolean(fields, "inpaint_model"));
  replace(s.noise_mask_feather, whole_number(fields, "noise_mask_feather", 0, 100));
}

DetailerSettings resolve_settings(const Job& job, const json& recommended) {
  DetailerSettings settings;
  if (job.semantics == Semantics::burin) settings.noise_mask_feather = 0;
  if (job.semantics == Semantics::foreach) settings.max_size = 1024;
  if (!recommended.is_null()) {
    const std::string prefix = "the model's recommended ";
    if (!recommended.is_object())
      throw Error(BURIN_E_MODEL,
                  prefix + "settings are " + described(recommended) + "; expected an object");
    json known = recommended;
    if (known.contains("sampler") && !known.contains("sampler_name"))
      known["sampler_name"] = known["sampler"];
    try {
      read_settings({&known, prefix, BURIN_E_MODEL}, settings);
    } catch (const Error& error) {
      throw Error(BURIN_E_MODEL, error.what());
    }
  }
  read_settings({&job.detailer, "job: detailer.", BURIN_E_JOB}, settings);
  expect_module(settings.sampler_params, "sampler_params", settings.sampler);
  expect_module(settings.scheduler_params, "scheduler_params", settings.scheduler);
  if (job.semantics == Semantics::foreach && settings.batch_size != 1)
    throw Error(BURIN_E_JOB, "job: detailer.batch_size is " + std::to_string(settings.batch_size) +
                                 " in a foreach job, where each result is seen by the next; "
                                 "expected 1");
  return settings;
}

json settings_to_json(const DetailerSettings& settings) {
  const DetailerSettings& s = settings;
  return {{"guide_size", s.guide_size},
          {"guide_size_for", s.guide_size_for_bbox ? "bbox" : "crop_region"},
          {"max_size", s.max_size},
          {"seed", s.seed},
          {"steps", s.steps},
          {"cfg", s.cfg},
          {"sampler_name", s.sampler},
          {"sampler_params", given(s.sampler_params)},
          {"scheduler", s.scheduler},
          {"scheduler_params", given(s.scheduler_params)},
          {"denoise", s.denoise},
          {"sigmas", s.sigmas.empty() ? json(nullptr) : json(s.sigmas)},
          {"noise_mask", s.noise_mask},
          {"force_inpaint", s.force_inpaint},
          {"refiner_ratio", s.refiner_ratio},
          {"batch_size", s.batch_size},
          {"cycle", s.cycle},
          {"inpaint_model", s.inpaint_model},
          {"noise_mask_feather", s.noise_mask_feather}};
}

}  // namespace burin::core
