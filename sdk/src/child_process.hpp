// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Programs that are started, listened to through pipes, and waited for.
#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace burin::sdk {

/// Two ends that no program started meanwhile inherits; what is open is closed at the end.
struct Pipe {
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(0);
    close(1);
  }

  bool open();  ///< false: errno says why
  void close(int which);

  int ends[2] = {-1, -1};  ///< to read, to write
};

/// What a child does with its descriptors before it is the program.
class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// For exec; lives as long as `arguments`.
std::vector<char*> pointers_to(std::vector<std::string>& arguments);

/// Starts arguments[0], looked for in $PATH, in a group of its own, so that whatever it starts can
/// be ended with it: no input, no signal blocked or handled. posix_spawn, not fork: the host may
/// have threads. Returns errno's number, 0: `child` runs.
int start_in_group(std::vector<std::string>& arguments, FileActions& actions,
                   char* const* environment, pid_t& child);

/// How the child ended, as waitpid has it; 0 when the host's settings keep that from us.
int wait_for(pid_t child);

}  // namespace burin::sdk
