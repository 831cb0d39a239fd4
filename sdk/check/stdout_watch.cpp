// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A file in memory in the place of descriptor 1.
#include "stdout_watch.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

namespace burin::check {

StdoutWatch::StdoutWatch() {
  std::fflush(stdout);
  before_ = ::dup(STDOUT_FILENO);
  watched_ = ::memfd_create("stdout", MFD_CLOEXEC);
  if (before_ >= 0 && watched_ >= 0) ::dup2(watched_, STDOUT_FILENO);
}

StdoutWatch::~StdoutWatch() {
  std::fflush(stdout);
  if (before_ >= 0 && watched_ >= 0) ::dup2(before_, STDOUT_FILENO);
  for (const int fd : {before_, watched_}) {
    if (fd >= 0) ::close(fd);
  }
}

std::string StdoutWatch::printed() const {
  std::fflush(stdout);
  std::cout.flush();
  char text[64];
  const ssize_t size = watched_ < 0 ? 0 : ::pread(watched_, text, sizeof text, 0);
  return {text, static_cast<std::size_t>(std::max<ssize_t>(0, size))};
}

}  // namespace burin::check
