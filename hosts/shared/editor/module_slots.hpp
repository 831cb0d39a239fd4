// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Where a job names modules, and which modules there are to be named.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace burin::host {

/// A place of a job that names a module (docs/job.md), or a hook that is none.
struct ModuleSlot {
  enum class Kind { single, hook, built_in_hook, preprocessor };
  Kind kind = Kind::single;
  std::string role;   ///< "burin.detector/1"; "" of a built-in hook
  std::string label;  ///< "Detector"
  std::string usual;  ///< of a single: what works where none is named
  nlohmann::json::json_pointer id, params;
};

enum class SlotsFor { search_and_redraw, redraw };

/// The singles that every job has, then one slot for each hook and for each control whose
/// preprocessor is a module. Only a search needs a detector and a segmenter.
std::vector<ModuleSlot> module_slots(const nlohmann::json& job, SlotsFor what);

/// The id at the slot; "": the usual.
std::string module_at(const nlohmann::json& job, const ModuleSlot& slot);
/// Names a module for a single, without parameters; "": the usual. What was there stays as it is
/// where it is the same.
void put_module(nlohmann::json& job, const ModuleSlot& slot, const std::string& id);
/// A hook behind those there are.
void add_hook(nlohmann::json& job, const std::string& id);
void remove_hook(nlohmann::json& job, const ModuleSlot& slot);

/// The object of parameters at the slot.
nlohmann::json params_at(const nlohmann::json& job, const ModuleSlot& slot);
/// An empty object is left out.
void put_params(nlohmann::json& job, const ModuleSlot& slot, const nlohmann::json& params);

/// What of a job the slots are about; hooks, and controls where a slot is about one, as a whole.
nlohmann::json modules_part(const nlohmann::json& job);
/// The job without it.
nlohmann::json without_modules(const nlohmann::json& job);
/// Both together; hooks of `others` come behind.
nlohmann::json with_modules(nlohmann::json others, const nlohmann::json& modules);

struct ListedModule {
  std::string id, role, name, description;
};

/// The modules that `burin plugins --json` lists, in order of precedence.
std::vector<ListedModule> modules_from_json(const nlohmann::json& listed);
/// The one that a job means by `name`, an id or what follows its last dot; nullptr: there is none.
const ListedModule* module_called(const std::vector<ListedModule>& modules, const std::string& role,
                                  const std::string& name);

}  // namespace burin::host
