// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A connection to the worker, by socket or through ssh: frames out, frames in.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "wire/message.hpp"

namespace burin::sdk {

/// Called while a call waits; true: stop waiting.
using WhileWaiting = std::function<bool()>;

/// The worker ended or the connection broke.
class ConnectionLost : public std::exception {};

class Channel {
 public:
  /// Takes over a connected stream socket; child: the process at its other end that is ours to
  /// wait for, or 0.
  explicit Channel(int descriptor, pid_t child = 0);
  Channel(Channel&& other) noexcept;
  Channel& operator=(Channel&&) = delete;
  ~Channel();

  /// False: `stop` said so, and the message is not whole at the other end. Throws ConnectionLost.
  bool send(wire::Message& message, const WhileWaiting& stop = {});

  /// The next frame; none: `stop` said so. Throws ConnectionLost; Error (INVALID) for what is no
  /// frame.
  std::optional<wire::Frame> receive(const WhileWaiting& stop = {});

  /// Whether the other end is still there and nothing unasked has come.
  bool alive() const;

  void set_limit(std::uint64_t limit) { reader_.set_limit(limit); }

  std::uint32_t minor = 0;  ///< of the protocol that the other end speaks

  /// Gives the descriptor away.
  int release();

 private:
  bool wait(short events, const WhileWaiting& stop);

  int descriptor_ = -1;
  pid_t child_ = 0;
  wire::FrameReader reader_;
};

}  // namespace burin::sdk
