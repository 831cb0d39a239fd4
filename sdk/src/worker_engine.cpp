// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Calls over the worker's connection: ask, pass on what comes meanwhile, take the answer.
#include "worker_engine.hpp"

#include <chrono>
#include <mutex>
#include <set>
#include <utility>

#include "burin/cpp/error.hpp"
#include "burin/ext/log.h"
#include "wire/reply.hpp"

namespace burin::sdk {

namespace {

// After that the connection is given up, which cancels too: who cancelled need not wait for a step.
constexpr auto patience_after_cancel = std::chrono::seconds(1);

// burin_progress promises stages that last.
const char* lasting(std::string_view stage) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> stages;
  constexpr std::size_t most = 256;
  const std::lock_guard lock(mutex);
  if (const auto found = stages.find(stage); found != stages.end()) return found->c_str();
  return stages.size() < most ? stages.emplace(stage).first->c_str() : "work";
}

void tell(const burin_run* run, const wire::Frame& frame) {
  if (run == nullptr || run->progress == nullptr) return;
  const wire::Fields fields(frame.body.bytes());
  const std::string text(fields.text(wire::Id::text).value_or(""));
  burin_progress progress = {};
  progress.struct_size = sizeof progress;
  progress.fraction = fields.real(wire::Id::fraction).value_or(0);
  progress.seconds_left = fields.real(wire::Id::seconds_left).value_or(-1);
  progress.stage = lasting(fields.text(wire::Id::stage).value_or(""));
  progress.text = text.c_str();
  run->progress(run->ctx, &progress);
}

wire::EngineChoice choice_from(const burin_engine_options* o) {
  wire::EngineChoice choice;
  if (o == nullptr) return choice;
  if (BURIN_HAS(o, device) && o->device && *o->device) choice.device = o->device;
  if (BURIN_HAS(o, dtype) && o->dtype && *o->dtype) choice.dtype = o->dtype;
  if (BURIN_HAS(o, memory_bytes)) choice.memory_bytes = o->memory_bytes;
  if (BURIN_HAS(o, threads)) choice.threads = o->threads;
  if (BURIN_HAS(o, data_dir) && o->data_dir) choice.data_dir = o->data_dir;
  return choice;
}

}  // namespace

WorkerEngine::WorkerEngine(WorkerClient client, const burin_engine_options* options,
                           const burin_host* host)
    : client_(std::move(client)), choice_(choice_from(options)), host_(host) {}

void WorkerEngine::log(const wire::Frame& frame) const {
  if (host_ == nullptr || host_->get_interface == nullptr) return;
  const auto* log = static_cast<const burin_log*>(host_->get_interface(host_, BURIN_LOG_ID));
  const wire::Fields fields(frame.body.bytes());
  const auto severity =
      static_cast<burin_log_severity>(fields.integer(wire::Id::severity).value_or(BURIN_LOG_INFO));
  if (log == nullptr || severity < log->least) return;
  log->write(host_, severity, std::string(fields.text(wire::Id::text).value_or("")).c_str());
}

std::optional<wire::Frame> WorkerEngine::take(wire::Frame frame, wire::Type expected,
                                              const burin_run* run, const FrameSink& sink) {
  switch (frame.type) {
    case wire::Type::progress:
      tell(run, frame);
      return std::nullopt;
    case wire::Type::log:
      log(frame);
      return std::nullopt;
    case wire::Type::layer:
    case wire::Type::preview:
    case wire::Type::patch:
      if (sink) sink(std::move(frame));
      return std::nullopt;
    case wire::Type::error:
      throw wire::read_error(frame);
    default:
      if (frame.type == expected) return frame;
      throw Error(BURIN_E_INTERNAL, "The worker answered with a message of the type " +
                                        std::to_string(static_cast<unsigned>(frame.type)) +
                                        "; expected " +
                                        std::to_string(static_cast<unsigned>(expected)) + ".");
  }
}

wire::Frame WorkerEngine::answer_to_cancel(wire::Type expected, const FrameSink& sink) {
  const auto end = std::chrono::steady_clock::now() + patience_after_cancel;
  const auto late = [&] { return std::chrono::steady_clock::now() > end; };
  wire::Message cancel(wire::Type::cancel);
  if (channel_->send(cancel, late)) {
    while (auto frame = channel_->receive(late)) {
      if (auto answer = take(*std::move(frame), expected, nullptr, sink)) return *std::move(answer);
    }
  }
  channel_.reset();
  throw Error(BURIN_E_CANCELLED, "Cancelled.");
}

wire::Frame WorkerEngine::converse(wire::Message& message, wire::Type expected,
                                   const burin_run* run, const FrameSink& sink) {
  const WhileWaiting stop = [run] {
    return run && run->cancelled && run->cancelled(run->ctx) != 0;
  };
  if (channel_ && !channel_->alive()) channel_.reset();
  if (!channel_) channel_.emplace(client_.open(true, stop));
  if (const std::uint32_t since = wire::minor_of(message.type()); channel_->minor < since)
    throw Error(BURIN_E_UNSUPPORTED,
                "The worker at " + client_.address() + " speaks protocol " +
                    std::to_string(wire::protocol_major) + "." + std::to_string(channel_->minor) +
                    ", which cannot do this; expected " + std::to_string(wire::protocol_major) +
                    "." + std::to_string(since) + " or later (burin serve --stop ends it).");
  bool whole = true;
  heard_ = false;
  try {
    whole = channel_->send(message, stop);
  } catch (const ConnectionLost&) {  // after a refusal, which can still be read
  }
  if (!whole) {  // the other end waits for the rest, so there is no use for this connection
    channel_.reset();
    throw Error(BURIN_E_CANCELLED, "Cancelled.");
  }
  for (;;) {
    auto frame = channel_->receive(stop);
    if (!frame) return answer_to_cancel(expected, sink);
    heard_ = true;
    if (auto answer = take(*std::move(frame), expected, run, sink)) return *std::move(answer);
    if (stop()) return answer_to_cancel(expected, sink);
  }
}

wire::Frame WorkerEngine::ask(wire::Message& message, wire::Type expected, const burin_run* run,
                              const FrameSink& sink) {
  // A worker that died since the last call may take a moment to let go of the connection.
  const bool kept = channel_.has_value();
  try {
    try {
      return converse(message, expected, run, sink);
    } catch (const ConnectionLost&) {
      channel_.reset();
      if (!kept || heard_) throw;
      return converse(message, expected, run, sink);
    }
  } catch (const ConnectionLost&) {
    channel_.reset();
    throw Error(BURIN_E_INTERNAL,
                client_.is_remote()
                    ? "The connection to the worker at " + client_.address() +
                          " broke before it was done; the next call makes another."
                    : std::string("The worker ended before it was done: it crashed, was stopped, "
                                  "or ran out of memory; the next call starts another."));
  }
}

}  // namespace burin::sdk
