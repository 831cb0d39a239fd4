// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The engine that is in memory, and jobs on it.
#pragma once

#include <optional>
#include <string>

#include "burin/cpp/engine.hpp"
#include "worker/job.hpp"

namespace burin::host {

/// At most one engine: another choice takes the place of the one before. One thread.
class EngineSlot {
 public:
  explicit EngineSlot(sdk::ModuleSet modules) : modules_(std::move(modules)) {}

  /// Throws sdk::Error.
  sdk::Engine& engine(const wire::EngineChoice& choice);
  /// Its models leave memory.
  void clear();
  bool loaded() const { return engine_.has_value(); }
  const wire::EngineChoice& choice() const { return choice_; }

 private:
  sdk::ModuleSet modules_;
  std::optional<sdk::Engine> engine_;
  wire::EngineChoice choice_;
};

/// The path that the job names its model by, absolute; "built-in" where it names none.
std::string model_of(const wire::Request& request);

/// Does the job and returns the answer; whatever goes wrong is one. What comes before it is said
/// with `voice`. masks_prefix: how paths of
/// temporary folders for masks begin.
wire::Buffer perform(Job& job, EngineSlot& slot, const JobVoice& voice,
                     const std::string& masks_prefix);

}  // namespace burin::host
