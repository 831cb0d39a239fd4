// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A vector and an eventfd.
#include "worker/mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "burin/cpp/error.hpp"

namespace burin::host {

Mailbox::Mailbox() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw sdk::Error(BURIN_E_IO, "There is no eventfd to be had.");
}

Mailbox::~Mailbox() { close(descriptor_); }

void Mailbox::put(Post post) {
  {
    const std::lock_guard lock(mutex_);
    posts_.push_back(std::move(post));
  }
  eventfd_write(descriptor_, 1);
}

std::vector<Post> Mailbox::take() {
  eventfd_t count = 0;
  eventfd_read(descriptor_, &count);
  const std::lock_guard lock(mutex_);
  return std::exchange(posts_, {});
}

}  // namespace burin::host
