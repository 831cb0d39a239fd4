// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A place for a worker of its own, clients of it, and pictures.
#pragma once

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "burin/cpp/worker.hpp"
#include "hosts/shared/pictures.hpp"
#include "support/scoped_variable.hpp"
#include "support/scratch_folder.hpp"
#include "wire/reply.hpp"
#include "wire/request.hpp"

namespace burin::test {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Asks until it is so; false after `patience`.
inline bool becomes(const std::function<bool()>& so, double patience_s = 20) {
  const auto start = Clock::now();
  while (!so()) {
    if (seconds_since(start) > patience_s) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

inline std::string job_of(const std::string& prompt) {
  return nlohmann::json{{"prompt", {{"positive", prompt}}}}.dump();
}

/// The environment of a user without any worker; the one that comes to be ends with it.
struct Workplace : ScratchFolder {
  sdk::PixelBuffer pixels = noise(16, 12, 3, sdk::PixelType::u8);
  sdk::TensorView view{pixels};

  Workplace() {
    setenv("XDG_RUNTIME_DIR", path.c_str(), 1);
    setenv("BURIN_CORE_PATH", BURIN_FAKE_ENGINE, 1);
    setenv("BURIN_PROGRAM", BURIN_PROGRAM, 1);
    unsetenv("BURIN_WORKER");
    unsetenv("BURIN_WORKER_ADDRESS");
  }
  ~Workplace() {
    try {
      sdk::Worker().stop();
    } catch (const sdk::Error& error) {
      BOOST_TEST_MESSAGE(error.what());
    }
  }

  std::string socket() const { return (path / "burin/worker-1.sock").string(); }
  sdk::Image image() const { return {view.dl()}; }

  static sdk::WorkerStatus status() { return sdk::Worker().status().value(); }
  static pid_t pid() { return static_cast<pid_t>(status().pid); }

  /// Runs a job that cancels itself once `until` holds.
  static sdk::RunCallbacks cancel_when(const std::function<bool()>& until) { return {until}; }
};

/// The error that `call` throws; status BURIN_OK where it throws none.
inline sdk::Error error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const sdk::Error& error) {
    return error;
  }
  return {BURIN_OK, ""};
}

/// Bytes to the worker's socket and frames back, without the client.
class RawClient {
 public:
  explicit RawClient(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    connected_ = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const timeval patience = {20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    reader_.set_limit(wire::body_limit);
  }
  explicit RawClient(int socket) : socket_(socket), connected_(true) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { hang_up(); }

  bool connected() const { return connected_; }
  void hang_up() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }
  bool send(std::span<const std::byte> bytes) {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  bool send(const std::string& bytes) { return send(std::as_bytes(std::span(bytes))); }
  bool send(wire::Message message) { return send(message.pack().bytes()); }

  /// None: the other end hung up.
  std::optional<wire::Frame> receive() {
    for (;;) {
      const auto room = reader_.room();
      const ssize_t came = recv(socket_, room.data(), room.size(), 0);
      if (came <= 0) return std::nullopt;
      if (reader_.filled(static_cast<std::size_t>(came))) return reader_.take();
    }
  }
  /// The next frame that is neither progress nor log.
  std::optional<wire::Frame> answer() {
    for (;;) {
      auto frame = receive();
      if (!frame || (frame->type != wire::Type::progress && frame->type != wire::Type::log))
        return frame;
    }
  }
  bool greet() {
    wire::Message hello(wire::Type::hello);
    hello.integer(wire::Id::major, 1).integer(wire::Id::minor, 0);
    const bool sent = send(std::move(hello));
    const auto frame = receive();
    return sent && frame && frame->type == wire::Type::welcome;
  }

 private:
  int socket_;
  bool connected_ = false;
  wire::FrameReader reader_;
};

}  // namespace burin::test
