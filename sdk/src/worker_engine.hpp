// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One engine on the worker: a connection that comes and goes, and calls over it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "burin/role/engine.h"
#include "wire/request.hpp"
#include "worker_client.hpp"

namespace burin::sdk {

/// Takes the layers, patches and previews of a call.
using FrameSink = std::function<void(wire::Frame)>;

class WorkerEngine {
 public:
  WorkerEngine(WorkerClient client, const burin_engine_options* options, const burin_host* host);

  const burin_host* host() const { return host_; }
  bool is_remote() const { return client_.is_remote(); }
  const wire::EngineChoice& choice() const { return choice_; }

  /// Sends `message` and returns the answer of the type `expected`. run may be NULL. Throws Error:
  /// what the worker answered, CANCELLED, or INTERNAL when it ended meanwhile; UNSUPPORTED where
  /// the worker's protocol is older than the message's type.
  wire::Frame ask(wire::Message& message, wire::Type expected, const burin_run* run,
                  const FrameSink& sink = {});

 private:
  wire::Frame converse(wire::Message& message, wire::Type expected, const burin_run* run,
                       const FrameSink& sink);
  wire::Frame answer_to_cancel(wire::Type expected, const FrameSink& sink);
  std::optional<wire::Frame> take(wire::Frame frame, wire::Type expected, const burin_run* run,
                                  const FrameSink& sink);
  void log(const wire::Frame& frame) const;

  WorkerClient client_;
  wire::EngineChoice choice_;
  const burin_host* host_;
  std::optional<Channel> channel_;
  bool heard_ = false;  // whether the other end said anything since the last message
};

}  // namespace burin::sdk
