// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A child with two pipes; its group is what is ended when it takes too long.
#include "program_output.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "burin/cpp/error.hpp"
#include "child_process.hpp"
#include "worker_start.hpp"

namespace burin::sdk {

namespace {

constexpr size_t most_output = size_t{16} << 20;

void open(Pipe& pipe) {
  if (!pipe.open())
    throw Error(BURIN_E_IO,
                std::string("There is no pipe to be had: ") + std::strerror(errno) + ".");
}

pid_t start(std::vector<std::string>& arguments, const Pipe& out, const Pipe& err) {
  FileActions actions;
  posix_spawn_file_actions_adddup2(actions.get(), out.ends[1], 1);
  posix_spawn_file_actions_adddup2(actions.get(), err.ends[1], 2);
  posix_spawn_file_actions_addclosefrom_np(actions.get(), 3);
  pid_t child = 0;
  const int failed = start_in_group(arguments, actions, clean_environment().data(), child);
  if (failed != 0)
    throw Error(BURIN_E_NOT_FOUND, "The program " + arguments[0] +
                                       " cannot be started: " + std::strerror(failed) + ".");
  return child;
}

// False where the time is over or too much came.
bool read_all(Pipe& out, Pipe& err, ProgramOutput& into, double limit_s) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(static_cast<long>(limit_s * 1000));
  while (out.ends[0] >= 0 || err.ends[0] >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0 || into.out.size() + into.err.size() > most_output) return false;
    // poll passes over descriptors below 0.
    std::array<pollfd, 2> waiting = {{{out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}}};
    if (poll(waiting.data(), waiting.size(), static_cast<int>(left) + 1) <= 0) continue;
    for (size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      char text[65536];
      const ssize_t came = read(waiting[i].fd, text, sizeof text);
      if (came < 0 && errno == EINTR) continue;
      if (came > 0) {
        (i == 0 ? into.out : into.err).append(text, static_cast<size_t>(came));
      } else {
        (i == 0 ? out : err).close(0);
      }
    }
  }
  return true;
}

}  // namespace

ProgramOutput output_of(std::vector<std::string> arguments, double limit_s) {
  Pipe out, err;
  open(out);
  open(err);
  const pid_t child = start(arguments, out, err);
  out.close(1);
  err.close(1);
  ProgramOutput output;
  const bool whole = read_all(out, err, output, limit_s);
  if (!whole) kill(-child, SIGKILL);
  const int ended = wait_for(child);
  output.exit_status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
  if (whole) return output;
  throw Error(BURIN_E_IO, "The program " + arguments[0] + " gave no answer of at most 16 MiB in " +
                              std::to_string(static_cast<int>(limit_s)) + " s.");
}

}  // namespace burin::sdk
