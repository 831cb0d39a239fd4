// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Asks the program burin of the worker.
#include "shared/editor/module_catalogue.hpp"

#include "burin/cpp/error.hpp"
#include "burin/cpp/worker.hpp"

namespace burin::host {

using nlohmann::json;

void ModuleCatalogue::ask_about(const json& job) {
  sdk::WorkerOptions options;
  options.client = client_;
  options.start = false;
  sdk::Worker worker(std::move(options));
  if (!listed_) {
    modules_ = modules_from_json(json::parse(worker.list_modules(), nullptr, false));
    listed_ = true;
  }
  for (const ModuleSlot& slot : module_slots(job, SlotsFor::search_and_redraw)) {
    const ListedModule* named = module_called(modules_, slot.role, module_at(job, slot));
    if (!named || params_.contains(named->id)) continue;
    // A module that cannot be asked is offered all the same.
    auto& params = params_[named->id];
    try {
      const json told = json::parse(worker.list_modules(named->id), nullptr, false);
      if (told.is_object() && told.contains("params")) params = params_from_json(told["params"]);
    } catch (const sdk::Error&) {
    }
  }
}

std::optional<std::vector<Param>> ModuleCatalogue::params(const std::string& role,
                                                          const std::string& name) const {
  const ListedModule* named = module_called(modules_, role, name);
  const auto known = named ? params_.find(named->id) : params_.end();
  return known == params_.end() ? std::nullopt : known->second;
}

}  // namespace burin::host
