// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Starts burin-scan, waits for its record, and says what became of it.
#include "scan.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "child_process.hpp"
#include "search_path.hpp"

extern char** environ;

namespace burin::sdk {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t most_bytes = 4 << 20;
constexpr int result_fd = 3;  // where burin-scan writes

int seconds_allowed() {
  const char* given = std::getenv("BURIN_SCAN_SECONDS");
  const int seconds = given ? std::atoi(given) : 0;
  return seconds > 0 ? seconds : 10;
}

// 0: it cannot be started.
pid_t start(const std::filesystem::path& program, const std::filesystem::path& module, int seconds,
            int write_end) {
  std::vector<std::string> arguments = {program.string(), module.string(), std::to_string(seconds)};
  FileActions actions;
  posix_spawn_file_actions_addopen(actions.get(), 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(actions.get(), 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(actions.get(), write_end, result_fd);
  pid_t child = 0;
  return start_in_group(arguments, actions, environ, child) == 0 ? child : 0;
}

// What the child wrote until its record was whole, it closed its end, or time was up. A process
// that the module started may keep the other end open, so the end of the pipe is not waited for.
std::string read_record(int fd, Clock::time_point deadline, bool& in_time) {
  std::string text;
  char buffer[4096];
  in_time = true;
  while (text.size() < most_bytes && !text.ends_with("\nend\n")) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd ready = {fd, POLLIN, 0};
    const int some = left > 0 ? poll(&ready, 1, static_cast<int>(left)) : 0;
    if (some < 0 && errno == EINTR) continue;
    if (some <= 0) {
      in_time = false;
      break;
    }
    const ssize_t size = read(fd, buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(buffer, static_cast<size_t>(size));
  }
  return text;
}

ModuleRecord refused(const FileStamp& stamp, const std::string& reason) {
  ModuleRecord record;
  record.stamp = stamp;
  record.status = BURIN_E_INTERNAL;
  record.problem = "The module " + stamp.path.string() + " was refused: " + reason + ".";
  return record;
}

}  // namespace

ModuleRecord scan(const FileStamp& stamp) {
  const std::filesystem::path program = scan_program();
  Pipe pipe;
  if (access(program.c_str(), X_OK) != 0 || !pipe.open()) return look_at(stamp);
  const int seconds = seconds_allowed();
  const pid_t child = start(program, stamp.path, seconds, pipe.ends[1]);
  if (child == 0) return look_at(stamp);
  pipe.close(1);
  bool in_time = false;
  const std::string text =
      read_record(pipe.ends[0], Clock::now() + std::chrono::seconds(seconds), in_time);
  kill(-child, SIGKILL);  // it has answered, or never will
  const int ended = wait_for(child);

  std::string_view rest = text;
  if (auto record = take_record(rest); record && rest.empty()) {
    record->stamp = stamp;
    return *record;
  }
  if (!in_time) {
    return refused(stamp, "it did not answer within " + std::to_string(seconds) + " s");
  }
  const bool silenced =
      WIFSIGNALED(ended) ? WTERMSIG(ended) == SIGKILL : WEXITSTATUS(ended) == exit_without_answer;
  if (!text.empty() || silenced) {
    return refused(stamp,
                   "it wrote over the answer of the process that looked at it, or closed it");
  }
  if (WIFSIGNALED(ended)) {
    return refused(stamp, "it crashed while it was looked at (signal " +
                              std::to_string(WTERMSIG(ended)) + ", " + strsignal(WTERMSIG(ended)) +
                              ")");
  }
  return refused(stamp, "it ended the process that looked at it (exit status " +
                            std::to_string(WEXITSTATUS(ended)) + ")");
}

}  // namespace burin::sdk
