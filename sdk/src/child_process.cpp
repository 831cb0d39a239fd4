// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pipes, posix_spawn and waitpid.
#include "child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace burin::sdk {

bool Pipe::open() { return pipe2(ends, O_CLOEXEC) == 0; }

void Pipe::close(int which) {
  if (ends[which] >= 0) ::close(ends[which]);
  ends[which] = -1;
}

std::vector<char*> pointers_to(std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  return pointers;
}

int start_in_group(std::vector<std::string>& arguments, FileActions& actions,
                   char* const* environment, pid_t& child) {
  posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  const int failed = posix_spawnp(&child, arguments[0].c_str(), actions.get(), &attributes,
                                  pointers_to(arguments).data(), environment);
  posix_spawnattr_destroy(&attributes);
  return failed;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 0;
  }
  return status;
}

}  // namespace burin::sdk
