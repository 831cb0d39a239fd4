// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The engine an editor works with: one in the plug-in's own process.
#include "shared/editor/engine_access.hpp"

namespace burin::host {

sdk::Engine open_engine(const std::string& client, const std::string& device) {
  sdk::EngineOptions options;
  if (!device.empty()) options.device = device;
  sdk::ModuleSetOptions modules;
  modules.name = client;
  return sdk::Engine::create(sdk::ModuleSet(std::move(modules)), options);
}

std::string release_memory(const std::string&) {
  return "Nothing is in memory: the models go with each run.";
}

}  // namespace burin::host
