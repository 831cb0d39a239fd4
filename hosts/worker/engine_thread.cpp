// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Jobs one after the other, in the order they came; between them the engine may leave memory.
#include "worker/engine_thread.hpp"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "wire/reply.hpp"

namespace burin::host {

namespace {
thread_local const Job* current = nullptr;

// How long after a job the memory it has freed is kept for the next one.
constexpr auto keep_freed_memory = std::chrono::seconds(1);
}  // namespace

const Job* job_of_this_thread() { return current; }

EngineThread::EngineThread(sdk::ModuleSet modules, Mailbox& mailbox, std::string masks_prefix,
                           Clock::duration unload_after)
    : slot_(std::move(modules)),
      mailbox_(mailbox),
      masks_prefix_(std::move(masks_prefix)),
      unload_after_(unload_after) {
  state_.last_end = Clock::now();
  thread_ = std::thread([this] { loop(); });
}

EngineThread::~EngineThread() {
  if (thread_.joinable()) stop(Clock::duration::max() / 4);
}

void EngineThread::tell_places() {
  std::size_t ahead = running_ ? 1 : 0;
  for (const auto& job : waiting_) {
    if (ahead > 0) {
      const std::string text =
          "waiting for " + std::to_string(ahead) + (ahead == 1 ? " other job" : " other jobs");
      JobVoice(mailbox_, job->connection)
          .say_if_heard(wire::progress_message(0, -1, "queue", text));
    }
    ++ahead;
  }
}

void EngineThread::add(std::shared_ptr<Job> job) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(job));
  tell_places();
  wake_.notify_all();
}

void EngineThread::cancel(const std::shared_ptr<Job>& job) {
  const std::lock_guard lock(mutex_);
  job->cancelled = true;
  if (std::erase(waiting_, job) == 0) return;
  ++state_.done;
  JobVoice(mailbox_, job->connection)
      .answer(wire::error_message(BURIN_E_CANCELLED, "Cancelled.").pack());
  tell_places();
}

void EngineThread::release_memory() {
  const std::lock_guard lock(mutex_);
  release_ = true;
  wake_.notify_all();
}

QueueState EngineThread::state() const {
  const std::lock_guard lock(mutex_);
  QueueState state = state_;
  state.running = running_ != nullptr;
  state.waiting = waiting_.size();
  return state;
}

bool EngineThread::stop(Clock::duration patience) {
  {
    std::unique_lock lock(mutex_);
    stop_ = true;
    if (running_) running_->cancelled = true;
    for (const auto& job : std::exchange(waiting_, {}))
      JobVoice(mailbox_, job->connection)
          .answer(wire::error_message(BURIN_E_INTERNAL, "The worker was told to end.").pack());
    wake_.notify_all();
    if (!wake_.wait_for(lock, patience, [this] { return ended_; })) {
      thread_.detach();
      return false;
    }
  }
  thread_.join();
  return true;
}

std::shared_ptr<Job> EngineThread::next(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    const auto called = [this] { return stop_ || release_ || !waiting_.empty(); };
    bool unload = false;
    if (holds_freed_memory_ &&
        !wake_.wait_until(lock, state_.last_end + keep_freed_memory, called)) {
      holds_freed_memory_ = false;
      lock.unlock();
      malloc_trim(0);
      lock.lock();
    }
    if (slot_.loaded())
      unload = !wake_.wait_until(lock, state_.last_end + unload_after_, called);
    else
      wake_.wait(lock, called);
    if (stop_) return nullptr;
    if (unload || release_) {
      release_ = false;
      state_.model.clear();
      state_.device.clear();
      lock.unlock();
      slot_.clear();
      lock.lock();
      continue;
    }
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    return job;
  }
}

void EngineThread::loop() {
  std::unique_lock lock(mutex_);
  while ((running_ = next(lock))) {
    tell_places();
    lock.unlock();
    const JobVoice voice(mailbox_, running_->connection);
    current = running_.get();
    wire::Buffer answer = perform(*running_, slot_, voice, masks_prefix_);
    current = nullptr;
    lock.lock();
    const wire::Request& request = running_->request;
    if (slot_.loaded()) state_.device = slot_.choice().device;
    if (slot_.loaded() && request.type == wire::Type::detail) state_.model = model_of(request);
    ++state_.done;
    state_.last_end = Clock::now();
    holds_freed_memory_ = true;
    running_.reset();
    voice.answer(std::move(answer));  // after which the client may ask for the state
  }
  lock.unlock();
  slot_.clear();
  lock.lock();
  ended_ = true;
  wake_.notify_all();
}

}  // namespace burin::host
