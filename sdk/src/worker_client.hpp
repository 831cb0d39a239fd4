// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Where a worker is and how a conversation with it begins.
#pragma once

#include <string>

#include "burin/worker.h"
#include "wire/message.hpp"
#include "worker_channel.hpp"

namespace burin::sdk {

class WorkerClient {
 public:
  /// options may be NULL. Throws Error (INVALID).
  explicit WorkerClient(const burin_worker_options* options);

  const std::string& address() const { return address_; }
  const burin_host* host() const { return host_; }
  bool is_remote() const { return remote_; }

  /// A conversation after its greeting. may_start is no more than the options allow. Throws Error
  /// as burin_worker_connect says.
  Channel open(bool may_start, const WhileWaiting& stop = {}) const;
  /// Before the greeting.
  Channel dial(bool may_start) const;

  /// As burin_worker_list_modules; id may be empty.
  std::string list_modules(const std::string& id) const;

 private:
  Channel dial_socket(bool may_start) const;
  void greet(Channel& channel, const WhileWaiting& stop) const;

  std::string address_, program_, client_ = "a program";
  bool remote_ = false, start_ = true;
  double unload_after_s_ = 600, exit_after_s_ = 1800, start_timeout_s_ = 30;
  const burin_host* host_ = nullptr;
};

}  // namespace burin::sdk

struct burin_worker {
  burin::sdk::WorkerClient client;
  std::string version, models, device;  // of the status asked last
  std::string modules;                  // listed last
};
