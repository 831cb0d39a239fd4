// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading and writing without ever waiting.
#include "worker/connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <utility>

#include "wire/reply.hpp"

namespace burin::host {

namespace {

// Progress for a client that does not read is of no use to it later.
constexpr std::size_t most_unread = 32;
// Between two looks at the other clients.
constexpr int most_reads = 64;

bool try_again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

Connection::~Connection() { close(descriptor_); }

void Connection::read(const std::function<void(wire::Frame)>& take) {
  try {
    for (int i = 0; i < most_reads && !closing_; ++i) {
      const auto room = reader_.room();
      const ssize_t came = recv(descriptor_, room.data(), room.size(), 0);
      if (came < 0 && try_again()) return;
      if (came <= 0) {
        over_ = true;
        return;
      }
      if (reader_.filled(static_cast<std::size_t>(came))) take(reader_.take());
    }
  } catch (const sdk::Error& error) {
    refuse(error);
  } catch (const std::bad_alloc&) {
    refuse({BURIN_E_MEMORY, "The worker has not enough memory for the message."});
  }
}

void Connection::refuse(const sdk::Error& error) {
  send(wire::error_message(error.status(), error.what()));
  closing_ = true;
}

void Connection::send(wire::Buffer frame, bool droppable) {
  if (droppable && outbox_.size() >= most_unread) return;
  outbox_.push_back(std::move(frame));
  write();
}

void Connection::write() {
  while (!outbox_.empty() && !over_) {
    const wire::Buffer& frame = outbox_.front();
    const ssize_t sent = ::send(descriptor_, frame.data() + written_, frame.size() - written_,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      over_ = !try_again();
      return;
    }
    written_ += static_cast<std::size_t>(sent);
    if (written_ < frame.size()) continue;
    outbox_.pop_front();
    written_ = 0;
  }
}

}  // namespace burin::host
