// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A flag set by the handler; SA_RESETHAND gives the second signal its usual effect.
#include "cli/interrupt.hpp"

#include <csignal>

#include "cli/exit_code.hpp"

namespace burin::host {

namespace {
volatile std::sig_atomic_t came = 0;
void note(int) { came = 1; }
}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return came != 0; }

void check_interrupted() {
  if (interrupted()) throw Failure(ExitCode::cancelled, "Cancelled; nothing was written.");
}

}  // namespace burin::host
