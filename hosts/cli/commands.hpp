// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The commands; each returns what the process returns and throws sdk::Error or Failure.
#pragma once

#include "cli/exit_code.hpp"
#include "cli/options.hpp"

namespace burin::host {

ExitCode run_detail(const Options& options);
ExitCode run_plan(const Options& options);
ExitCode run_detect(const Options& options);
ExitCode run_segs(const Options& options);
ExitCode run_info(const Options& options);
ExitCode run_plugins(const Options& options);
ExitCode run_doctor(const Options& options);
ExitCode run_serve(const Options& options);

}  // namespace burin::host
