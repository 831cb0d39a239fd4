// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What every command needs of the machine: a log, the modules, an engine, cancel and progress.
#pragma once

#include <functional>
#include <memory>

#include "burin/cpp/engine.hpp"
#include "cli/options.hpp"
#include "cli/progress_line.hpp"

namespace burin::host {

/// Log lines go to stderr through spdlog: warnings, with -v information, with -vv everything, with
/// -q only errors.
void set_up_log(const Options& options);

/// What find_modules opens with.
sdk::ModuleSetOptions module_options(const Options& options);

/// The modules of this machine; opens none. Masks and the like are read by read_image.
sdk::ModuleSet find_modules(const Options& options);

/// Loads the engine module, or reaches the worker where that is asked for. Throws Failure
/// (internal) where there is neither, and sdk::Error.
sdk::Engine make_engine(const Options& options, const sdk::ModuleSet& modules);

/// Cancel by interrupt; progress on `line`, which must outlive the callbacks.
sdk::RunCallbacks callbacks_for(ProgressLine& line);

}  // namespace burin::host
