// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A client's request on its way through the worker.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "wire/request.hpp"
#include "worker/mailbox.hpp"

namespace burin::host {

struct Job {
  std::uint64_t connection = 0;
  wire::Request request;
  std::atomic<bool> cancelled = false;
};

/// Sends what happens to a job to its client.
class JobVoice {
 public:
  JobVoice(Mailbox& mailbox, std::uint64_t connection)
      : mailbox_(mailbox), connection_(connection) {}

  void say(wire::Message message) const { put(message, false); }
  void say_if_heard(wire::Message message) const { put(message, true); }
  void answer(wire::Buffer frame) const {
    mailbox_.put({connection_, std::move(frame), false, true});
  }

 private:
  void put(wire::Message& message, bool droppable) const {
    mailbox_.put({connection_, message.pack(), droppable, false});
  }

  Mailbox& mailbox_;
  std::uint64_t connection_;
};

}  // namespace burin::host
