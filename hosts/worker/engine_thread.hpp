// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A thread with an engine, and the queue before it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "worker/engine_calls.hpp"

namespace burin::host {

using Clock = std::chrono::steady_clock;

struct QueueState {
  bool running = false;
  std::size_t waiting = 0;
  std::uint64_t done = 0;
  Clock::time_point last_end;  ///< of a job, or the start
  std::string model;           ///< of the last job since the engine was loaded; "": none in memory
  std::string device;
};

class EngineThread {
 public:
  /// The engine leaves memory after `unload_after` without a job.
  EngineThread(sdk::ModuleSet modules, Mailbox& mailbox, std::string masks_prefix,
               Clock::duration unload_after);
  EngineThread(const EngineThread&) = delete;
  EngineThread& operator=(const EngineThread&) = delete;
  ~EngineThread();

  /// Tells the client how many jobs come first.
  void add(std::shared_ptr<Job> job);
  /// A waiting job is answered at once, the running one within a step.
  void cancel(const std::shared_ptr<Job>& job);
  /// At once, or after the running job.
  void release_memory();
  QueueState state() const;

  /// Cancels everything. False: the running job did not end within `patience`, and the thread still
  /// runs; the process must end.
  bool stop(Clock::duration patience);

 private:
  void loop();
  std::shared_ptr<Job> next(std::unique_lock<std::mutex>& lock);
  void tell_places();

  EngineSlot slot_;  // the thread's own
  Mailbox& mailbox_;
  const std::string masks_prefix_;
  const Clock::duration unload_after_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> waiting_;
  std::shared_ptr<Job> running_;
  bool release_ = false, stop_ = false, ended_ = false, holds_freed_memory_ = false;
  QueueState state_;
  std::thread thread_;
};

/// The job that the calling thread works on; nullptr on threads without one. For log lines.
const Job* job_of_this_thread();

}  // namespace burin::host
