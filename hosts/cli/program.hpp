// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The entry point of libburin_program.so, which holds the commands and what they link.
#pragma once

#include "cli/options.hpp"

/// Runs the command and says any error on stderr; throws nothing. Returns what the process returns
/// (ExitCode).
extern "C" BURIN_EXPORT int burin_run_command(const burin::host::Options* options) noexcept;
