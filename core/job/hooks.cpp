// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading and writing the hooks of a job.
#include "job/hooks.hpp"

#include "job/job.hpp"
#include "runtime/error.hpp"
#include "runtime/text.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

constexpr std::size_t most_hooks = 32;
constexpr int most_steps = 10000;

template <class Value, class Read>
void take(Value& value, const Read& read) {
  if (read) value = static_cast<Value>(*read);
}

double needed_number(const Fields& fields, std::string_view key, double least, double most) {
  const auto value = number(fields, key, least, most);
  if (!value)
    throw Error(fields.status, fields.prefix + std::string(key) + " is missing; expected a number");
  return *value;
}

ScheduleHook read_schedule(const Fields& fields, ScheduleHook::Setting setting) {
  only_keys(fields, {"type", "target"});
  switch (setting) {
    case ScheduleHook::Setting::denoise:
      return {setting, needed_number(fields, "target", 0.0001, 1)};
    case ScheduleHook::Setting::cfg:
      return {setting, needed_number(fields, "target", 0, 100)};
    case ScheduleHook::Setting::steps:
      break;
  }
  return {setting, needed_number(fields, "target", 1, most_steps)};
}

NoiseInjectionHook read_injection(const Fields& fields) {
  only_keys(fields, {"type", "seed", "start_strength", "end_strength", "from_start"});
  NoiseInjectionHook hook;
  take(hook.seed, seed_member(fields, "seed"));
  take(hook.start_strength, number(fields, "start_strength", 0, 200));
  take(hook.end_strength, number(fields, "end_strength", 0, 200));
  take(hook.from_start, boolean(fields, "from_start"));
  return hook;
}

VariationHook read_variation(const Fields& fields) {
  only_keys(fields, {"type", "seed", "strength"});
  VariationHook hook;
  take(hook.seed, seed_member(fields, "seed"));
  hook.strength = needed_number(fields, "strength", 0, 1);
  return hook;
}

UnsamplerHook read_unsampler(const Fields& fields) {
  only_keys(fields, {"type", "steps", "start_end_at_step", "end_end_at_step", "cfg", "sampler_name",
                     "scheduler", "normalize", "positive", "negative", "from_start"});
  UnsamplerHook hook;
  take(hook.steps, whole_number(fields, "steps", 1, most_steps));
  take(hook.start_end_at_step, whole_number(fields, "start_end_at_step", 0, most_steps));
  take(hook.end_end_at_step, whole_number(fields, "end_end_at_step", 0, most_steps));
  take(hook.cfg, number(fields, "cfg", 0, 100));
  const auto samplers = views(unsampler_names()), schedulers = views(scheduler_names());
  if (const auto which = choice(fields, "sampler_name", samplers)) hook.sampler = samplers[*which];
  if (const auto which = choice(fields, "scheduler", schedulers))
    hook.scheduler = schedulers[*which];
  take(hook.normalize, boolean(fields, "normalize"));
  hook.positive = text_member(fields, "positive").value_or("");
  hook.negative = text_member(fields, "negative").value_or("");
  take(hook.from_start, boolean(fields, "from_start"));
  return hook;
}

BlackPatchRetryHook read_black_patch(const Fields& fields) {
  only_keys(fields, {"type", "mean", "deviation", "attempts"});
  BlackPatchRetryHook hook;
  take(hook.mean, number(fields, "mean", 0, 255));
  take(hook.deviation, number(fields, "deviation", 0, 255));
  take(hook.attempts, whole_number(fields, "attempts", 1, 10));
  return hook;
}

PreviewHook read_preview(const Fields& fields) {
  only_keys(fields, {"type", "every"});
  PreviewHook hook;
  take(hook.every, whole_number(fields, "every", 1, most_steps));
  return hook;
}

ModuleHook read_module(const Fields& fields, const std::filesystem::path& base_dir) {
  only_keys(fields, {"type", "id", "params", "attempts"});
  ModuleHook hook;
  hook.use = read_module_use(fields, base_dir);
  take(hook.attempts, whole_number(fields, "attempts", 0, 10));
  return hook;
}

Hook read_hook(const Fields& fields, const std::filesystem::path& base_dir) {
  using Setting = ScheduleHook::Setting;
  const std::vector<std::string_view> types{"denoise_schedule",  "cfg_schedule", "steps_schedule",
                                            "noise_injection",   "variation",    "unsampler",
                                            "black_patch_retry", "preview",      "module"};
  const auto type = choice(fields, "type", types);
  if (!type)
    throw Error(fields.status, fields.prefix + "type is missing; expected one of " + joined(types));
  switch (*type) {
    case 0:
      return read_schedule(fields, Setting::denoise);
    case 1:
      return read_schedule(fields, Setting::cfg);
    case 2:
      return read_schedule(fields, Setting::steps);
    case 3:
      return read_injection(fields);
    case 4:
      return read_variation(fields);
    case 5:
      return read_unsampler(fields);
    case 6:
      return read_black_patch(fields);
    case 7:
      return read_preview(fields);
    default:
      return read_module(fields, base_dir);
  }
}

struct ToJson {
  json operator()(const ScheduleHook& h) const {
    using Setting = ScheduleHook::Setting;
    return {{"type", h.setting == Setting::denoise ? "denoise_schedule"
                     : h.setting == Setting::cfg   ? "cfg_schedule"
                                                   : "steps_schedule"},
            {"target", h.target}};
  }
  json operator()(const NoiseInjectionHook& h) const {
    return {{"type", "noise_injection"},
            {"seed", h.seed},
            {"start_strength", h.start_strength},
            {"end_strength", h.end_strength},
            {"from_start", h.from_start}};
  }
  json operator()(const VariationHook& h) const {
    return {{"type", "variation"}, {"seed", h.seed}, {"strength", h.strength}};
  }
  json operator()(const UnsamplerHook& h) const {
    return {{"type", "unsampler"},
            {"steps", h.steps},
            {"start_end_at_step", h.start_end_at_step},
            {"end_end_at_step", h.end_end_at_step},
            {"cfg", h.cfg},
            {"sampler_name", h.sampler},
            {"scheduler", h.scheduler},
            {"normalize", h.normalize},
            {"positive", h.positive},
            {"negative", h.negative},
            {"from_start", h.from_start}};
  }
  json operator()(const BlackPatchRetryHook& h) const {
    return {{"type", "black_patch_retry"},
            {"mean", h.mean},
            {"deviation", h.deviation},
            {"attempts", h.attempts}};
  }
  json operator()(const ModuleHook& h) const {
    return {
        {"type", "module"}, {"id", h.use.id}, {"params", h.use.params}, {"attempts", h.attempts}};
  }
  json operator()(const PreviewHook& h) const { return {{"type", "preview"}, {"every", h.every}}; }
};

}  // namespace

ModuleUse read_module_use(const Fields& fields, const std::filesystem::path& base_dir) {
  const auto id = text_member(fields, "id");
  if (!id || id->empty())
    throw Error(fields.status, fields.prefix + "id is missing; expected the id of a module");
  ModuleUse use;
  use.id = *id;
  use.base_dir = base_dir;
  if (const auto params = object_member(fields, "params")) use.params = *params->object;
  return use;
}

std::vector<Hook> read_hooks(const Fields& fields, const std::filesystem::path& base_dir) {
  const json* list = member(fields, "hooks");
  if (!list) return {};
  if (!list->is_array() || list->size() > most_hooks)
    refuse(fields, "hooks", *list, "a list of at most " + std::to_string(most_hooks) + " hooks");
  std::vector<Hook> hooks;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const json& value = (*list)[i];
    const std::string place = "hooks[" + std::to_string(i) + "]";
    if (!value.is_object()) refuse(fields, place, value, "an object");
    hooks.push_back(read_hook({&value, fields.prefix + place + ".", fields.status}, base_dir));
  }
  return hooks;
}

json hooks_to_json(const std::vector<Hook>& hooks) {
  json list = json::array();
  for (const Hook& hook : hooks) list.push_back(std::visit(ToJson(), hook));
  return list;
}

const std::vector<std::string>& unsampler_names() {
  static const std::vector<std::string> names{"euler", "ddim",     "heun",  "dpm_2",
                                              "lms",   "dpmpp_2m", "ipndm", "deis"};
  return names;
}

}  // namespace burin::core
