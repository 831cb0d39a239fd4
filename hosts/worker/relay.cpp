// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Two pipes with a buffer each; either may be full while the other moves.
#include "worker/relay.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <vector>

namespace burin::host {

namespace {

class Way {
 public:
  Way(int from, int to) : from_(from), to_(to), bytes_(1 << 18) {}

  /// The source ended, or the target takes no more.
  bool ended() const { return ended_; }
  bool stuck() const { return stuck_; }
  pollfd entry() const {
    if (ended_ || stuck_) return {-1, 0, 0};
    return full() ? pollfd{to_, POLLOUT, 0} : pollfd{from_, POLLIN, 0};
  }
  void step(short came) {
    if (came == 0) return;
    const ssize_t moved = full() ? write(to_, bytes_.data() + begin_, end_ - begin_)
                                 : read(from_, bytes_.data(), bytes_.size());
    if (moved < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (moved <= 0) {
      (full() ? stuck_ : ended_) = true;
    } else if (full()) {
      begin_ += static_cast<std::size_t>(moved);
    } else {
      begin_ = 0;
      end_ = static_cast<std::size_t>(moved);
    }
  }

 private:
  bool full() const { return begin_ < end_; }
  int from_, to_;
  std::vector<char> bytes_;
  std::size_t begin_ = 0, end_ = 0;
  bool ended_ = false, stuck_ = false;
};

}  // namespace

void relay(int in, int out, int socket) {
  signal(SIGPIPE, SIG_IGN);
  Way there(in, socket), back(socket, out);
  // A worker that takes no more may still have said why.
  while (!there.ended() && !back.ended() && !back.stuck()) {
    pollfd entries[2] = {there.entry(), back.entry()};
    if (poll(entries, 2, -1) < 0 && errno != EINTR) return;
    there.step(entries[0].revents);
    back.step(entries[1].revents);
  }
}

}  // namespace burin::host
