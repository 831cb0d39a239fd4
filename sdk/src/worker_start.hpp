// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Starting the worker's process, here or through ssh.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace burin::sdk {

/// The program burin: `wanted`, $BURIN_PROGRAM, beside libburin, in $PATH. Throws Error
/// (NOT_FOUND) naming what was tried.
std::string find_program(const std::string& wanted);

struct StartOptions {
  std::string program;
  std::string socket;
  double unload_after_s = 600, exit_after_s = 1800;
  double timeout_s = 30;
};

/// Starts `burin serve` as a process of its own (no child of this one, no descriptor or library
/// path of it) and returns when it accepts connections, or when another already does. Throws Error:
/// NOT_FOUND, IO (it ended or did not answer in time; the sentence is its own where it said one).
void start_worker(const StartOptions& options);

struct SshChild {
  int descriptor = -1;  ///< stream to `burin serve --stdio` over there
  pid_t pid = 0;
};

/// The arguments of ssh that run burin with `arguments` (plain words: a shell reads them over
/// there) at "ssh://[user@]host[:port][/path/of/burin]". Throws Error (INVALID).
std::vector<std::string> ssh_arguments(const std::string& address,
                                       const std::vector<std::string>& arguments);

/// This process' environment without what an editor's package set for itself.
std::vector<char*> clean_environment();

/// Throws Error (NOT_FOUND, IO).
SshChild start_ssh(const std::string& address, bool may_start);

}  // namespace burin::sdk
