// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The worker's client with RAII and exceptions; its engine is an Engine like any other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "burin/cpp/engine.hpp"
#include "burin/worker.h"

namespace burin::sdk {

struct WorkerOptions {
  std::string address;              ///< socket path or ssh://...; "": see burin_worker_options
  std::string program;              ///< the program burin; "": looked for
  bool start = true;                ///< start a worker when none runs
  double unload_after_s = 0;        ///< 0: the default, 600
  double exit_after_s = 0;          ///< 0: the default, 1800
  double start_timeout_s = 0;       ///< 0: the default, 30
  std::string client;               ///< who asks, for the worker's log
  std::optional<ModuleSet> log_to;  ///< log lines of engine calls go to its log
};

struct WorkerStatus {
  std::string version, models, device;  ///< see burin_worker_status
  uint32_t protocol_major = 0, protocol_minor = 0;
  int64_t pid = 0;
  double uptime_s = 0, idle_s = 0;
  uint64_t memory_bytes = 0, peak_memory_bytes = 0, jobs_done = 0;
  uint32_t clients = 0, jobs_running = 0, jobs_waiting = 0;
};

/// A burin_worker. Copies share it; it goes when the last copy and every engine made from it have
/// gone. Every function throws Error. [any-thread]
class Worker {
 public:
  explicit Worker(WorkerOptions options = {}) : log_to_(std::move(options.log_to)) {
    burin_worker_options c = {};
    c.struct_size = sizeof(c);
    c.address = options.address.c_str();
    c.program = options.program.c_str();
    c.start = options.start ? BURIN_WORKER_START_ON_DEMAND : BURIN_WORKER_START_NEVER;
    c.unload_after_s = options.unload_after_s;
    c.exit_after_s = options.exit_after_s;
    c.start_timeout_s = options.start_timeout_s;
    c.client = options.client.c_str();
    c.host = log_to_ ? log_to_->host() : nullptr;
    burin_worker* made = nullptr;
    checked([&] { return burin_worker_create(&c, &made); });
    worker_.reset(made, [host = log_to_](burin_worker* worker) { burin_worker_destroy(worker); });
  }

  std::string address() const { return burin_worker_address(worker_.get()); }

  /// As burin_worker_connect: starts the worker if need be, so that what is wrong is known early.
  void connect() {
    checked([&] { return burin_worker_connect(worker_.get()); });
  }

  /// None where no worker runs.
  std::optional<WorkerStatus> status() {
    burin_worker_status c = {};
    c.struct_size = sizeof(c);
    try {
      checked([&] { return burin_worker_get_status(worker_.get(), &c); });
    } catch (const Error& error) {
      if (error.status() == BURIN_E_NOT_FOUND) return std::nullopt;
      throw;
    }
    WorkerStatus status;
    status.version = c.version;
    status.models = c.models;
    status.device = c.device;
    status.protocol_major = c.protocol_major;
    status.protocol_minor = c.protocol_minor;
    status.pid = c.pid;
    status.uptime_s = c.uptime_s;
    status.idle_s = c.idle_s;
    status.memory_bytes = c.memory_bytes;
    status.peak_memory_bytes = c.peak_memory_bytes;
    status.jobs_done = c.jobs_done;
    status.clients = c.clients;
    status.jobs_running = c.jobs_running;
    status.jobs_waiting = c.jobs_waiting;
    return status;
  }

  void release_memory() {
    checked([&] { return burin_worker_release_memory(worker_.get()); });
  }

  void stop() {
    checked([&] { return burin_worker_stop(worker_.get()); });
  }

  /// Connected, the protocol not yet begun; the caller closes it.
  int dial() {
    int descriptor = -1;
    checked([&] { return burin_worker_dial(worker_.get(), &descriptor); });
    return descriptor;
  }

  /// As burin_worker_list_modules; id "": all.
  std::string list_modules(const std::string& id = {}) {
    const char* json = nullptr;
    checked([&] { return burin_worker_list_modules(worker_.get(), id.c_str(), &json); });
    return json;
  }

  /// An engine in the worker. options.module is not used: the worker's engine is its own.
  Engine engine(const EngineOptions& options = {}) {
    const burin_engine_options c = options.to_c(options.data_dir);
    void* self = nullptr;
    checked([&] { return burin_worker_create_engine(worker_.get(), &c, &self); });
    const burin_engine* api = burin_worker_engine();
    return Engine::adopt(
        api, std::shared_ptr<void>(self, [api, worker = worker_](void* e) { api->destroy(e); }));
  }

 private:
  std::optional<ModuleSet> log_to_;
  std::shared_ptr<burin_worker> worker_;
};

}  // namespace burin::sdk
