// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Non-blocking, so that who waits can be asked whether to go on.
#include "worker_channel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

namespace burin::sdk {

namespace {

constexpr int tick_ms = 20;
constexpr std::size_t most_pieces = 512;

// ssh ends by itself once its input ends; one that does not is ended.
void wait_for(pid_t child) {
  for (int i = 0; i < 50; ++i) {
    if (waitpid(child, nullptr, WNOHANG) != 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill(child, SIGTERM);
  waitpid(child, nullptr, 0);
}

bool try_again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

Channel::Channel(int descriptor, pid_t child) : descriptor_(descriptor), child_(child) {
  fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
}

Channel::Channel(Channel&& other) noexcept
    : minor(other.minor),
      descriptor_(std::exchange(other.descriptor_, -1)),
      child_(std::exchange(other.child_, 0)),
      reader_(std::move(other.reader_)) {}

Channel::~Channel() {
  if (descriptor_ >= 0) close(descriptor_);
  if (child_ > 0) wait_for(child_);
}

int Channel::release() { return std::exchange(descriptor_, -1); }

bool Channel::wait(short events, const WhileWaiting& stop) {
  for (;;) {
    if (stop && stop()) return false;
    pollfd entry = {descriptor_, events, 0};
    if (poll(&entry, 1, tick_ms) > 0) return true;
  }
}

bool Channel::send(wire::Message& message, const WhileWaiting& stop) {
  const auto pieces = message.pieces();
  std::vector<iovec> all;
  all.reserve(pieces.size());
  for (const auto piece : pieces)
    all.push_back({const_cast<std::byte*>(piece.data()), piece.size()});
  for (std::size_t next = 0; next < all.size();) {
    msghdr header = {};
    header.msg_iov = all.data() + next;
    header.msg_iovlen = std::min(all.size() - next, most_pieces);
    const ssize_t sent = sendmsg(descriptor_, &header, MSG_NOSIGNAL);
    if (sent < 0) {
      if (!try_again()) throw ConnectionLost();
      if (!wait(POLLOUT, stop)) return false;
      continue;
    }
    auto left = static_cast<std::size_t>(sent);
    while (next < all.size() && left >= all[next].iov_len) left -= all[next++].iov_len;
    if (left > 0) {
      all[next].iov_base = static_cast<std::byte*>(all[next].iov_base) + left;
      all[next].iov_len -= left;
    }
  }
  return true;
}

std::optional<wire::Frame> Channel::receive(const WhileWaiting& stop) {
  for (;;) {
    const auto room = reader_.room();
    const ssize_t came = recv(descriptor_, room.data(), room.size(), 0);
    if (came > 0) {
      if (reader_.filled(static_cast<std::size_t>(came))) return reader_.take();
      continue;
    }
    if (came == 0 || !try_again()) throw ConnectionLost();
    if (!wait(POLLIN, stop)) return std::nullopt;
  }
}

bool Channel::alive() const {
  char byte = 0;
  const ssize_t came = recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return came < 0 && try_again() && !reader_.amid();
}

}  // namespace burin::sdk
