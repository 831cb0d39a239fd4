// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The C functions of burin/worker.h, but for the engine.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

#include "last_error.hpp"
#include "wire/reply.hpp"
#include "worker_client.hpp"

using burin::sdk::Channel;
using burin::sdk::ConnectionLost;
using burin::sdk::Error;
using burin::sdk::remembering;
using burin::sdk::require;
using burin::sdk::WorkerClient;
namespace wire = burin::wire;

namespace {

// One question, one answer, on a connection of its own; a worker that is missing is not started.
wire::Frame ask(const WorkerClient& client, wire::Type question, wire::Type expected) {
  Channel channel = client.open(false);
  wire::Message message(question);
  try {
    channel.send(message);
    wire::Frame answer = *channel.receive();
    if (answer.type == wire::Type::error) throw wire::read_error(answer);
    if (answer.type != expected)
      throw Error(BURIN_E_IO, "The worker answered with a message of the type " +
                                  std::to_string(static_cast<unsigned>(answer.type)) +
                                  "; expected " + std::to_string(static_cast<unsigned>(expected)) +
                                  ".");
    return answer;
  } catch (const ConnectionLost&) {
    throw Error(BURIN_E_IO, "The worker at " + client.address() + " ended before it answered.");
  }
}

// Until the other end has closed the connection, which a worker does last.
void wait_until_gone(const WorkerClient& client, Channel channel) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const auto late = [&] { return std::chrono::steady_clock::now() > end; };
  try {
    while (channel.receive(late)) {
    }
  } catch (const ConnectionLost&) {
    return;
  }
  throw Error(BURIN_E_IO, "The worker at " + client.address() + " was told to end and has not.");
}

template <typename Member>
Member number(const wire::Fields& fields, wire::Id id) {
  return static_cast<Member>(fields.integer(id).value_or(0));
}

burin_worker_status status_from(const wire::Frame& frame, burin_worker& worker) {
  const wire::Fields fields(frame.body.bytes());
  worker.version = fields.text(wire::Id::version).value_or("");
  worker.models = fields.text(wire::Id::models).value_or("");
  worker.device = fields.text(wire::Id::device).value_or("");
  burin_worker_status status = {};
  status.protocol_major = number<uint32_t>(fields, wire::Id::major);
  status.protocol_minor = number<uint32_t>(fields, wire::Id::minor);
  status.pid = number<int64_t>(fields, wire::Id::pid);
  status.uptime_s = fields.real(wire::Id::uptime).value_or(0);
  status.idle_s = fields.real(wire::Id::idle).value_or(0);
  status.memory_bytes = number<uint64_t>(fields, wire::Id::memory_now);
  status.peak_memory_bytes = number<uint64_t>(fields, wire::Id::memory_peak);
  status.clients = number<uint32_t>(fields, wire::Id::clients);
  status.jobs_running = number<uint32_t>(fields, wire::Id::running);
  status.jobs_waiting = number<uint32_t>(fields, wire::Id::waiting);
  status.jobs_done = number<uint64_t>(fields, wire::Id::jobs_done);
  status.version = worker.version.c_str();
  status.models = worker.models.c_str();
  status.device = worker.device.c_str();
  return status;
}

bool is_missing(const Error& error) { return error.status() == BURIN_E_NOT_FOUND; }

}  // namespace

burin_status burin_worker_create(const burin_worker_options* options, burin_worker** out) {
  return remembering([&] {
    require("burin_worker_create", out);
    *out = new burin_worker{WorkerClient(options), {}, {}, {}, {}};
  });
}

void burin_worker_destroy(burin_worker* worker) { delete worker; }

const char* burin_worker_address(const burin_worker* worker) {
  return worker ? worker->client.address().c_str() : nullptr;
}

burin_status burin_worker_connect(burin_worker* worker) {
  return remembering([&] {
    require("burin_worker_connect", worker);
    worker->client.open(true);
  });
}

burin_status burin_worker_get_status(burin_worker* worker, burin_worker_status* out) {
  return remembering([&] {
    require("burin_worker_get_status", worker, out);
    const wire::Frame answer = ask(worker->client, wire::Type::status, wire::Type::state);
    burin_worker_status status = status_from(answer, *worker);
    constexpr uint32_t first_revision = sizeof(burin_worker_status);
    const uint32_t room = out->struct_size == 0 ? first_revision : out->struct_size;
    status.struct_size = std::min<uint32_t>(room, sizeof status);
    std::memcpy(out, &status, status.struct_size);
  });
}

burin_status burin_worker_release_memory(burin_worker* worker) {
  return remembering([&] {
    require("burin_worker_release_memory", worker);
    try {
      ask(worker->client, wire::Type::release_memory, wire::Type::done);
    } catch (const Error& error) {
      if (!is_missing(error)) throw;
    }
  });
}

burin_status burin_worker_stop(burin_worker* worker) {
  return remembering([&] {
    require("burin_worker_stop", worker);
    try {
      Channel channel = worker->client.open(false);
      wire::Message message(wire::Type::stop);
      channel.send(message);
      wait_until_gone(worker->client, std::move(channel));
    } catch (const ConnectionLost&) {  // as was asked
    } catch (const Error& error) {
      if (!is_missing(error)) throw;
    }
  });
}

burin_status burin_worker_dial(burin_worker* worker, int* out) {
  return remembering([&] {
    require("burin_worker_dial", worker, out);
    if (worker->client.is_remote())
      throw Error(BURIN_E_UNSUPPORTED, "The address " + worker->client.address() +
                                           " is not a socket; expected one of this machine.");
    *out = worker->client.dial(true).release();
  });
}

burin_status burin_worker_list_modules(burin_worker* worker, const char* id, const char** json) {
  return remembering([&] {
    require("burin_worker_list_modules", worker, json);
    worker->modules = worker->client.list_modules(id != nullptr ? id : "");
    *json = worker->modules.c_str();
  });
}
