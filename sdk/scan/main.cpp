// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// burin-scan MODULE SECONDS: opens a module and writes what it describes to file descriptor 3. Run
// by libburin; whatever the module does ends here.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "scan.hpp"

namespace {

constexpr int result_fd = 3;

bool write_all(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const ssize_t size = write(result_fd, text.data() + at, text.size() - at);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    at += static_cast<size_t>(size);
  }
  return true;
}

}  // namespace

#ifdef BURIN_SANITIZED
// A module's crash ends this process by its signal, with the sanitizer as without.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0";
}
#endif

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: burin-scan MODULE SECONDS (run by libburin; writes to descriptor 3)\n",
               stderr);
    return 2;
  }
  // A crash leaves no core file, and nobody's death leaves this process behind.
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
#ifndef BURIN_SANITIZED
  // A module that takes memory without end takes it from itself.
  constexpr rlim_t most_memory = rlim_t{8} << 30;
  const rlimit some_memory = {most_memory, most_memory};
  setrlimit(RLIMIT_DATA, &some_memory);
#endif
  for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) signal(crash, SIG_DFL);
  alarm(static_cast<unsigned>(std::atoi(argv[2])) + 1);
  const auto stamp = burin::sdk::stamp_of(argv[1]);
  if (!stamp) return 3;
  const bool written = write_all(to_text(burin::sdk::look_at(*stamp)));
  // No destructors: what the module left behind for the end of the process is not looked at.
  _exit(written ? 0 : burin::sdk::exit_without_answer);
}
