// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reaching the worker: connect, start it where it is missing, greet.
#include "worker_client.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "burin/cpp/error.hpp"
#include "burin/loader.h"
#include "wire/place.hpp"
#include "wire/reply.hpp"
#include "worker_start.hpp"

namespace burin::sdk {

namespace {

constexpr auto greeting_timeout = std::chrono::seconds(20);

double positive_or(double given, double otherwise, const char* name) {
  if (given == 0) return otherwise;
  if (!(given > 0) || !std::isfinite(given))
    throw Error(BURIN_E_INVALID, std::string(name) + " is " + std::to_string(given) +
                                     " s; expected more than 0, or 0 for the default.");
  return given;
}

std::string address_from(const char* given) {
  if (given != nullptr && *given != '\0') return given;
  const char* named = std::getenv("BURIN_WORKER_ADDRESS");
  return named != nullptr && *named != '\0' ? named : wire::default_socket();
}

// A connected socket, or none where nobody listens.
std::optional<int> try_connect(const std::string& path) {
  const sockaddr_un address = wire::address_of(path);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0)
    throw Error(BURIN_E_IO,
                std::string("There is no socket to be had: ") + std::strerror(errno) + ".");
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return socket;
  const int reason = errno;
  close(socket);
  if (reason == ENOENT || reason == ECONNREFUSED || reason == EAGAIN) return std::nullopt;
  throw Error(BURIN_E_IO,
              "The worker's socket " + path + " cannot be used: " + std::strerror(reason) + ".");
}

}  // namespace

WorkerClient::WorkerClient(const burin_worker_options* o)
    : address_(address_from(o && BURIN_HAS(o, address) ? o->address : nullptr)) {
  if (o != nullptr) {
    if (BURIN_HAS(o, program) && o->program) program_ = o->program;
    if (BURIN_HAS(o, start)) start_ = o->start != BURIN_WORKER_START_NEVER;
    if (BURIN_HAS(o, unload_after_s))
      unload_after_s_ = positive_or(o->unload_after_s, unload_after_s_, "unload_after_s");
    if (BURIN_HAS(o, exit_after_s))
      exit_after_s_ = positive_or(o->exit_after_s, exit_after_s_, "exit_after_s");
    if (BURIN_HAS(o, start_timeout_s))
      start_timeout_s_ = positive_or(o->start_timeout_s, start_timeout_s_, "start_timeout_s");
    if (BURIN_HAS(o, client) && o->client && *o->client) client_ = o->client;
    if (BURIN_HAS(o, host)) host_ = o->host;
  }
  remote_ = address_.starts_with("ssh:");
  if (remote_)
    ssh_arguments(address_, {});
  else
    wire::address_of(address_);
}

Channel WorkerClient::dial_socket(bool may_start) const {
  wire::ensure_trusted_folder(address_);
  auto socket = try_connect(address_);
  // Another may end or be ended between its start and the connection.
  for (int attempt = 0; !socket && attempt < 3; ++attempt) {
    if (!may_start) throw Error(BURIN_E_NOT_FOUND, "No worker listens at " + address_ + ".");
    start_worker(
        {find_program(program_), address_, unload_after_s_, exit_after_s_, start_timeout_s_});
    socket = try_connect(address_);
  }
  if (!socket)
    throw Error(BURIN_E_IO, "The worker at " + address_ + " ends as soon as it has been started.");
  Channel channel(*socket);
  if (const long peer = wire::peer_of(*socket); peer != static_cast<long>(geteuid()))
    throw Error(BURIN_E_INVALID, "The worker at " + address_ + " belongs to user " +
                                     std::to_string(peer) + "; expected " +
                                     std::to_string(geteuid()) + ".");
  return channel;
}

Channel WorkerClient::dial(bool may_start) const {
  if (!remote_) return dial_socket(may_start && start_);
  const SshChild child = start_ssh(address_, may_start && start_);
  return Channel(child.descriptor, child.pid);
}

Channel WorkerClient::open(bool may_start, const WhileWaiting& stop) const {
  // A worker that was about to end takes the connection with it; the next one answers.
  for (int attempt = 0; attempt < 5; ++attempt) {
    try {
      Channel channel = dial(may_start);
      greet(channel, stop);
      channel.set_limit(wire::body_limit);
      return channel;
    } catch (const ConnectionLost&) {
      if (remote_) break;
    }
  }
  throw Error(BURIN_E_IO, "The worker at " + address_ + " closed the connection without a word.");
}

void WorkerClient::greet(Channel& channel, const WhileWaiting& stop) const {
  const auto patience =
      greeting_timeout + std::chrono::milliseconds(static_cast<long>(start_timeout_s_ * 1000));
  const auto end = std::chrono::steady_clock::now() + patience;
  bool cancelled = false;
  const auto waited = [&] {
    cancelled = stop && stop();
    return cancelled || std::chrono::steady_clock::now() > end;
  };
  wire::Message hello(wire::Type::hello);
  hello.integer(wire::Id::major, wire::protocol_major)
      .integer(wire::Id::minor, wire::protocol_minor)
      .text(wire::Id::program, client_)
      .text(wire::Id::version, burin_version());
  std::optional<wire::Frame> answer;
  if (channel.send(hello, waited)) answer = channel.receive(waited);
  if (cancelled) throw Error(BURIN_E_CANCELLED, "Cancelled.");
  if (!answer) throw Error(BURIN_E_IO, "The worker at " + address_ + " does not answer.");
  if (answer->type == wire::Type::error) throw wire::read_error(*answer);
  const wire::Fields fields(answer->body.bytes());
  const std::int64_t major = fields.need_integer(wire::Id::major);
  if (answer->type != wire::Type::welcome || major != wire::protocol_major)
    throw Error(BURIN_E_UNSUPPORTED, "The worker at " + address_ + " speaks protocol " +
                                         std::to_string(major) + " and this program " +
                                         std::to_string(wire::protocol_major) +
                                         "; they must agree (burin serve --stop ends it).");
  channel.minor = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(fields.need_integer(wire::Id::minor), 0, 0xffffffff));
}

}  // namespace burin::sdk
