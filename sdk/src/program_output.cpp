// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A child with two pipes; its group is what is ended when it takes too long.
#include "program_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "burin/cpp/error.hpp"
#include "worker_start.hpp"

namespace burin::sdk {

namespace {

constexpr size_t most_output = size_t{16} << 20;

class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0)
      throw Error(BURIN_E_IO,
                  std::string("There is no pipe to be had: ") + std::strerror(errno) + ".");
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_end(size_t which) {
    if (ends_[which] >= 0) close(ends_[which]);
    ends_[which] = -1;
  }

 private:
  std::array<int, 2> ends_ = {-1, -1};
};

pid_t start(std::vector<std::string>& arguments, const Pipe& out, const Pipe& err) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write_end(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.write_end(), 2);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments[0].c_str(), &actions, &attributes,
                                  pointers_to(arguments).data(), clean_environment().data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0)
    throw Error(BURIN_E_NOT_FOUND, "The program " + arguments[0] +
                                       " cannot be started: " + std::strerror(failed) + ".");
  return child;
}

// False where the time is over or too much came.
bool read_all(Pipe& out, Pipe& err, ProgramOutput& into, double limit_s) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(static_cast<long>(limit_s * 1000));
  while (out.read_end() >= 0 || err.read_end() >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0 || into.out.size() + into.err.size() > most_output) return false;
    // poll passes over descriptors below 0.
    std::array<pollfd, 2> waiting = {{{out.read_end(), POLLIN, 0}, {err.read_end(), POLLIN, 0}}};
    if (poll(waiting.data(), waiting.size(), static_cast<int>(left) + 1) <= 0) continue;
    for (size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      char text[65536];
      const ssize_t came = read(waiting[i].fd, text, sizeof text);
      if (came < 0 && errno == EINTR) continue;
      if (came > 0) {
        (i == 0 ? into.out : into.err).append(text, static_cast<size_t>(came));
      } else {
        (i == 0 ? out : err).close_end(0);
      }
    }
  }
  return true;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 0;  // the host has its children waited for by the system
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

ProgramOutput output_of(std::vector<std::string> arguments, double limit_s) {
  Pipe out, err;
  const pid_t child = start(arguments, out, err);
  out.close_end(1);
  err.close_end(1);
  ProgramOutput output;
  const bool whole = read_all(out, err, output, limit_s);
  if (!whole) kill(-child, SIGKILL);
  output.exit_status = wait_for(child);
  if (whole) return output;
  throw Error(BURIN_E_IO, "The program " + arguments[0] + " gave no answer of at most 16 MiB in " +
                              std::to_string(static_cast<int>(limit_s)) + " s.");
}

}  // namespace burin::sdk
