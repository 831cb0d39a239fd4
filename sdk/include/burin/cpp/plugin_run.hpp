// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cancel and progress of a call, from the module's side.
#pragma once

#include <string>

#include "burin/cpp/error.hpp"
#include "burin/run.h"

namespace burin::sdk {

/// A burin_run as a module sees it. Accepts the NULLs that the ABI allows; valid during the call.
/// [work-thread], on the thread that made the call.
class PluginRun {
 public:
  /// stage: as burin_progress has it; static.
  explicit PluginRun(const burin_run* run, const char* stage) : run_(run), stage_(stage) {}

  /// True when the caller wants the stop.
  bool cancelled() const {
    return run_ && BURIN_HAS(run_, cancelled) && run_->cancelled && run_->cancelled(run_->ctx);
  }

  /// Throws Error (CANCELLED) when the caller wants the stop.
  void stop_if_cancelled() const {
    if (cancelled()) throw Error(BURIN_E_CANCELLED, "The call was cancelled.");
  }

  /// fraction: 0..1 of the whole call, never less than before.
  void report(double fraction, const std::string& text) const {
    if (!run_ || !BURIN_HAS(run_, progress) || !run_->progress) return;
    const burin_progress progress = {sizeof(progress), fraction, -1.0, stage_, text.c_str()};
    run_->progress(run_->ctx, &progress);
  }

 private:
  const burin_run* run_;
  const char* stage_;
};

}  // namespace burin::sdk
