// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The worker: clients on one thread, the engine on another, questions of a moment on a third.
#pragma once

#include <chrono>
#include <map>
#include <memory>

#include "burin/cpp/modules.hpp"
#include "worker/connection.hpp"
#include "worker/engine_thread.hpp"
#include "worker/listening_socket.hpp"

namespace burin::host {

struct ServerOptions {
  std::chrono::duration<double> unload_after{600};
  std::chrono::duration<double> exit_after{1800};
  std::size_t most_clients = 64;
};

class Server {
 public:
  /// modules.log is called as well as the clients' logs. Blocks SIGTERM, SIGINT and SIGHUP in the
  /// calling thread, which must be the only one. Throws sdk::Error.
  Server(ListeningSocket socket, sdk::ModuleSetOptions modules, ServerOptions options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Serves until a signal, a client's stop, or nobody has come for exit_after. False: a job did
  /// not heed its cancel, its thread still runs, and the process must end without destroying the
  /// server.
  bool run();

 private:
  int wait_ms() const;
  void accept_clients();
  void deliver();
  void take(std::uint64_t id, Connection& connection, wire::Frame frame);
  void greet(Connection& connection, const wire::Frame& frame);
  void ask(std::uint64_t id, Connection& connection, wire::Frame frame);
  void drop_finished();
  EngineThread& thread_for(wire::Type type);
  wire::Message state() const;
  bool is_idle() const;
  bool stop();

  ListeningSocket socket_;
  ServerOptions options_;
  int signals_;  // blocked before the first thread starts
  Mailbox mailbox_;
  sdk::ModuleSet modules_;
  EngineThread jobs_, desk_;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::uint64_t next_id_ = 1;
  bool stopping_ = false;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_client_ = start_;
};

}  // namespace burin::host
