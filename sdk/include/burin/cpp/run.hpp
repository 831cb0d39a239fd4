// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cancel and progress as std::function; an exception of theirs stops the call and comes out of it.
// Functions are [any-thread]; one object is used by one thread at a time.
#pragma once

#include <exception>
#include <functional>
#include <string_view>
#include <utility>

#include "burin/cpp/error.hpp"
#include "burin/run.h"

namespace burin::sdk {

/// Where a call stands; the texts live until the callback returns.
struct Progress {
  double fraction = 0;       ///< 0..1 of the whole call
  double seconds_left = -1;  ///< negative: not known yet
  std::string_view stage;
  std::string_view text;
};

/// All may be empty. Called on the thread that made the call.
struct RunCallbacks {
  std::function<bool()> cancelled;
  std::function<void(const Progress&)> progress;
  std::function<void(const burin_layer&)> layer_done;  ///< see burin_run
  std::function<void(const burin_preview&)> preview;
};

/// A burin_run over RunCallbacks for the length of one call.
class RunBridge {
 public:
  explicit RunBridge(const RunCallbacks& callbacks) : callbacks_(callbacks) {
    run_.struct_size = sizeof(burin_run);
    run_.ctx = this;
    run_.cancelled = [](void* ctx) { return static_cast<RunBridge*>(ctx)->ask(); };
    run_.progress = [](void* ctx, const burin_progress* p) {
      static_cast<RunBridge*>(ctx)->tell(p);
    };
    // Engines may spare themselves what nobody listens to.
    if (callbacks.layer_done) {
      run_.layer_done = [](void* ctx, const burin_layer* layer) {
        static_cast<RunBridge*>(ctx)->hand(&RunCallbacks::layer_done, layer);
      };
    }
    if (callbacks.preview) {
      run_.preview = [](void* ctx, const burin_preview* preview) {
        static_cast<RunBridge*>(ctx)->hand(&RunCallbacks::preview, preview);
      };
    }
  }
  RunBridge(const RunBridge&) = delete;
  RunBridge& operator=(const RunBridge&) = delete;

  const burin_run* run() const noexcept { return &run_; }

  /// Throws what a callback threw during the call, if anything.
  void rethrow() {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }

 private:
  int32_t ask() noexcept {
    if (thrown_) return 1;
    try {
      return callbacks_.cancelled && callbacks_.cancelled() ? 1 : 0;
    } catch (...) {
      thrown_ = std::current_exception();
      return 1;
    }
  }
  void tell(const burin_progress* p) noexcept {
    if (thrown_ || !callbacks_.progress || p == nullptr) return;
    try {
      callbacks_.progress(
          {p->fraction, p->seconds_left, p->stage ? p->stage : "", p->text ? p->text : ""});
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }
  template <typename Value>
  void hand(std::function<void(const Value&)> RunCallbacks::*callback,
            const Value* value) noexcept {
    if (thrown_ || value == nullptr) return;
    try {
      (callbacks_.*callback)(*value);
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }

  const RunCallbacks& callbacks_;
  burin_run run_ = {};
  std::exception_ptr thrown_;
};

}  // namespace burin::sdk
