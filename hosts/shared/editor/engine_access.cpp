// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The engine an editor works with.
#include "shared/editor/engine_access.hpp"

#include <cstdlib>
#include <string_view>

#include "burin/cpp/worker.hpp"

namespace burin::host {

namespace {

bool in_this_process() {
  const char* choice = std::getenv("BURIN_HOST_ENGINE");
  return choice && std::string_view(choice) == "here";
}

sdk::Worker worker_for(const std::string& client, bool start) {
  sdk::WorkerOptions options;
  options.client = client;
  options.start = start;
  return sdk::Worker(std::move(options));
}

}  // namespace

sdk::Engine open_engine(const std::string& client, const std::string& device) {
  sdk::EngineOptions options;
  if (!device.empty()) options.device = device;
  if (in_this_process()) {
    sdk::ModuleSetOptions modules;
    modules.name = client;
    return sdk::Engine::create(sdk::ModuleSet(std::move(modules)), options);
  }
  return worker_for(client, true).engine(options);
}

std::string release_memory(const std::string& client) {
  if (in_this_process()) return "Nothing is in memory.";
  sdk::Worker worker = worker_for(client, false);
  if (!worker.status()) return "Burin's worker does not run; nothing is in memory.";
  worker.release_memory();
  return "Burin's models have left memory.";
}

}  // namespace burin::host
