// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Engine calls beside the main thread, the only one that talks to the editor: its interface knows
// no threads.
#include "shared/editor/engine_run.hpp"

#include <chrono>
#include <future>

namespace burin::host {

namespace {

struct Shared {
  std::atomic<bool> cancel = false;
  std::mutex guard;
  double fraction = 0;
  std::string text;
};

}  // namespace

void run_beside(const Watcher& watcher, const std::function<void(const sdk::RunCallbacks&)>& work) {
  Shared shared;
  sdk::RunCallbacks callbacks;
  callbacks.cancelled = [&] { return shared.cancel.load(); };
  callbacks.progress = [&](const sdk::Progress& progress) {
    const std::lock_guard lock(shared.guard);
    shared.fraction = progress.fraction;
    shared.text = progress.text.empty() ? progress.stage : progress.text;
  };
  std::future<void> running = std::async(std::launch::async, [&] { work(callbacks); });
  while (running.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) {
    double fraction = 0;
    std::string text;
    {
      const std::lock_guard lock(shared.guard);
      fraction = shared.fraction;
      text = shared.text;
    }
    if (watcher.show) watcher.show(fraction, text);
    if (watcher.cancelled && watcher.cancelled()) shared.cancel = true;
  }
  running.get();
}

}  // namespace burin::host
