// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One client at the worker's socket.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "burin/cpp/error.hpp"
#include "worker/job.hpp"

namespace burin::host {

class Connection {
 public:
  /// Takes the descriptor over; it is non-blocking.
  explicit Connection(int descriptor) : descriptor_(descriptor) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  int descriptor() const { return descriptor_; }
  bool wants_to_write() const { return !outbox_.empty(); }
  /// Nothing more is read; it goes when what it has to say is said.
  bool closing() const { return closing_; }
  bool is_over() const { return over_ || (closing_ && outbox_.empty()); }

  /// Reads what there is and hands over each whole frame. A hang-up makes it over; what is no frame
  /// is answered and closes it.
  void read(const std::function<void(wire::Frame)>& take);
  /// Writes what can be written without waiting.
  void write();

  void send(wire::Message message) { send(message.pack(), false); }
  void send(wire::Buffer frame, bool droppable);
  void refuse(const sdk::Error& error);
  void close_when_said() { closing_ = true; }

  bool greeted = false;
  std::string client;        ///< what it calls itself
  std::shared_ptr<Job> job;  ///< asked and not yet answered

  void accept_large_frames() { reader_.set_limit(wire::body_limit); }

 private:
  int descriptor_;
  bool closing_ = false, over_ = false;
  wire::FrameReader reader_;
  std::deque<wire::Buffer> outbox_;
  std::size_t written_ = 0;  // of the first
};

}  // namespace burin::host
