// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Engine calls beside the editor's main thread, which goes on drawing windows meanwhile.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

#include "burin/cpp/engine.hpp"

namespace burin::host {

/// What the main thread does while a call runs. Both are called on it, every 20 ms.
struct Watcher {
  std::function<void(double fraction, const std::string& text)> show;
  std::function<bool()> cancelled;
};

/// Runs `work` on a thread of its own and returns when it has ended. What `work` throws comes out.
void run_beside(const Watcher& watcher, const std::function<void(const sdk::RunCallbacks&)>& work);

}  // namespace burin::host
