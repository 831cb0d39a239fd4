// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Frames from the engine's threads to the thread that talks to clients.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "wire/message.hpp"

namespace burin::host {

struct Post {
  std::uint64_t connection = 0;
  wire::Buffer frame;
  bool droppable = false;  ///< when the client does not keep up
  bool last = false;       ///< the answer: the connection may ask again
};

class Mailbox {
 public:
  Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox();

  /// [any-thread]
  void put(Post post);
  /// All there is; the descriptor is quiet again.
  std::vector<Post> take();
  /// Readable while there are posts.
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  std::mutex mutex_;
  std::vector<Post> posts_;
};

}  // namespace burin::host
