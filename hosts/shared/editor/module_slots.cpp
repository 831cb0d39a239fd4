// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Modules named in a job, by JSON pointers.
#include "shared/editor/module_slots.hpp"

#include <algorithm>

#include "burin/role/blender.h"
#include "burin/role/detail_hook.h"
#include "burin/role/detector.h"
#include "burin/role/preprocessor.h"
#include "burin/role/sampler.h"
#include "burin/role/scheduler.h"
#include "burin/role/segmenter.h"
#include "burin/role/upscaler.h"
#include "shared/editor/json_member.hpp"

namespace burin::host {

using nlohmann::json;
using Pointer = json::json_pointer;
using Kind = ModuleSlot::Kind;

namespace {

std::string text_at(const json& job, const Pointer& at) {
  const json* found = member(job, at);
  return found && found->is_string() ? found->get<std::string>() : "";
}

void erase(json& job, const Pointer& at) {
  if (job.is_object() && job.contains(at)) job.at(at.parent_pointer()).erase(at.back());
}

// Objects that only surrounded what was erased.
void erase_if_empty(json& job, const Pointer& at) {
  const json* found = member(job, at);
  if (found && found->is_object() && found->empty()) erase(job, at);
}

ModuleSlot single(const char* role, const char* label, const char* usual, const char* id,
                  const char* params) {
  return {Kind::single, role, label, usual, Pointer(id), Pointer(params)};
}

std::vector<ModuleSlot> singles() {
  return {
      single(BURIN_DETECTOR_ID, "Detector", "faces", "/detect/detector", "/detect/params"),
      single(BURIN_SEGMENTER_ID, "Masks from", "the detector", "/detect/segmenter/id",
             "/detect/segmenter/params"),
      single(BURIN_UPSCALER_ID, "Enlarged by", "Lanczos-3", "/upscaler/id", "/upscaler/params"),
      single(BURIN_BLENDER_ID, "Blended by", "the mask", "/paste/blender/id",
             "/paste/blender/params"),
      single(BURIN_SAMPLER_ID, "Sampled by", "the sampler", "/detailer/sampler_name",
             "/detailer/sampler_params"),
      single(BURIN_SCHEDULER_ID, "Levels from", "the schedule", "/detailer/scheduler",
             "/detailer/scheduler_params"),
  };
}

// As in a job: an id of a module has a dot, what is built in has none.
bool is_module_id(const std::string& id) { return id.find('.') != std::string::npos; }

// Its key of the job also takes names of what is built in.
bool is_name_too(const ModuleSlot& slot) {
  return slot.role == BURIN_SAMPLER_ID || slot.role == BURIN_SCHEDULER_ID;
}

bool is_search(const ModuleSlot& slot) {
  return slot.role == BURIN_DETECTOR_ID || slot.role == BURIN_SEGMENTER_ID;
}

ModuleSlot hook_slot(const json& hook, size_t index) {
  const Pointer at = Pointer("/hooks") / index;
  if (hook.is_object() && hook.value("type", json()) == "module") {
    return {Kind::hook, BURIN_DETAIL_HOOK_ID, "Hook", {}, at / "id", at / "params"};
  }
  return {Kind::built_in_hook, {}, "Hook", {}, at / "type", at};
}

std::vector<ModuleSlot> preprocessor_slots(const json& job) {
  std::vector<ModuleSlot> slots;
  const json* controls = member(job, Pointer("/controls"));
  for (size_t i = 0; controls && controls->is_array() && i < controls->size(); ++i) {
    const Pointer at = Pointer("/controls") / i;
    if (!is_module_id(text_at(job, at / "preprocessor"))) continue;
    slots.push_back({Kind::preprocessor,
                     BURIN_PREPROCESSOR_ID,
                     "Control " + std::to_string(i + 1),
                     {},
                     at / "preprocessor",
                     at / "preprocessor_params"});
  }
  return slots;
}

// What names the module of a single, often an object: all of it goes with the module.
Pointer owner_of(const ModuleSlot& slot) {
  return slot.role == BURIN_DETECTOR_ID || is_name_too(slot) ? slot.id : slot.id.parent_pointer();
}

// Places of the job that are about modules.
std::vector<Pointer> places_of(const json& job) {
  std::vector<Pointer> places = {Pointer("/detect/params")};
  const json* hooks = member(job, Pointer("/hooks"));
  if (hooks && hooks->is_array()) places.push_back(Pointer("/hooks"));
  for (const ModuleSlot& slot : singles()) {
    if (is_name_too(slot)) places.push_back(slot.params);
    if (!is_name_too(slot) || is_module_id(text_at(job, slot.id))) places.push_back(owner_of(slot));
  }
  if (!preprocessor_slots(job).empty()) places.push_back(Pointer("/controls"));
  return places;
}

}  // namespace

std::vector<ModuleSlot> module_slots(const json& job, SlotsFor what) {
  std::vector<ModuleSlot> slots;
  for (ModuleSlot& slot : singles()) {
    if (what == SlotsFor::search_and_redraw || !is_search(slot)) slots.push_back(std::move(slot));
  }
  const json* hooks = member(job, Pointer("/hooks"));
  for (size_t i = 0; hooks && hooks->is_array() && i < hooks->size(); ++i) {
    slots.push_back(hook_slot((*hooks)[i], i));
  }
  for (ModuleSlot& slot : preprocessor_slots(job)) slots.push_back(std::move(slot));
  return slots;
}

std::string module_at(const json& job, const ModuleSlot& slot) {
  std::string id = text_at(job, slot.id);
  return is_name_too(slot) && !is_module_id(id) ? "" : id;
}

void put_module(json& job, const ModuleSlot& slot, const std::string& id) {
  if (module_at(job, slot) == id) return;
  const Pointer owner = owner_of(slot);
  erase(job, owner);
  erase(job, slot.params);
  if (!id.empty()) {
    job[slot.id] = id;
  } else if (!owner.parent_pointer().empty()) {
    erase_if_empty(job, owner.parent_pointer());
  }
}

void add_hook(json& job, const std::string& id) {
  if (!job["hooks"].is_array()) job["hooks"] = json::array();
  job["hooks"].push_back({{"type", "module"}, {"id", id}});
}

void remove_hook(json& job, const ModuleSlot& slot) {
  json& hooks = job.at("hooks");
  hooks.erase(std::stoul(slot.id.parent_pointer().back()));
  if (hooks.empty()) job.erase("hooks");
}

json params_at(const json& job, const ModuleSlot& slot) {
  const json* found = member(job, slot.params);
  json params = found && found->is_object() ? *found : json::object();
  if (slot.kind == Kind::built_in_hook) params.erase("type");
  return params;
}

void put_params(json& job, const ModuleSlot& slot, const json& params) {
  if (slot.kind == Kind::built_in_hook) {
    json hook = params;
    hook["type"] = module_at(job, slot);
    job[slot.params] = std::move(hook);
  } else if (params.empty()) {
    erase(job, slot.params);
    erase_if_empty(job, slot.params.parent_pointer());
  } else {
    job[slot.params] = params;
  }
}

json modules_part(const json& job) {
  json part = json::object();
  for (const Pointer& place : places_of(job)) {
    const json* found = member(job, place);
    if (found && !(found->is_array() && found->empty())) part[place] = *found;
  }
  return part;
}

json without_modules(const json& job) {
  json rest = job;
  for (const Pointer& place : places_of(job)) {
    erase(rest, place);
    if (!place.parent_pointer().empty()) erase_if_empty(rest, place.parent_pointer());
  }
  return rest;
}

json with_modules(json others, const json& modules) {
  const json more_hooks = others.value("hooks", json::array());
  others.merge_patch(modules);
  const json* hooks = member(modules, Pointer("/hooks"));
  if (hooks && hooks->is_array() && more_hooks.is_array()) {
    others["hooks"] = *hooks;
    others["hooks"].insert(others["hooks"].end(), more_hooks.begin(), more_hooks.end());
  }
  return others;
}

std::vector<ListedModule> modules_from_json(const json& listed) {
  std::vector<ListedModule> modules;
  if (!listed.is_array()) return modules;
  for (const json& each : listed) {
    if (!each.is_object() || !each.value("problem", json()).is_null()) continue;
    const Pointer id("/id"), role("/role"), name("/name"), description("/description");
    ListedModule module = {text_at(each, id), text_at(each, role), text_at(each, name),
                           text_at(each, description)};
    if (module.id.empty() || module.role.empty()) continue;
    if (module.name.empty()) module.name = module.id;
    modules.push_back(std::move(module));
  }
  return modules;
}

const ListedModule* module_called(const std::vector<ListedModule>& modules, const std::string& role,
                                  const std::string& name) {
  const auto found = std::find_if(modules.begin(), modules.end(), [&](const ListedModule& each) {
    return each.role == role && (each.id == name || each.id.ends_with("." + name));
  });
  return name.empty() || found == modules.end() ? nullptr : &*found;
}

}  // namespace burin::host
