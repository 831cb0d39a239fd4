// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// spdlog, libburin and the engine put together.
#include "cli/session.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "burin/cpp/worker.hpp"
#include "cli/exit_code.hpp"
#include "cli/interrupt.hpp"
#include "cli/say.hpp"
#include "shared/image_file.hpp"

namespace burin::host {

namespace {

spdlog::level::level_enum level_of(burin_log_severity severity) {
  switch (severity) {
    case BURIN_LOG_DEBUG:
      return spdlog::level::debug;
    case BURIN_LOG_INFO:
      return spdlog::level::info;
    case BURIN_LOG_WARNING:
    case BURIN_LOG_HOST_MISBEHAVING:
    case BURIN_LOG_PLUGIN_MISBEHAVING:
      return spdlog::level::warn;
    default:
      return spdlog::level::err;
  }
}

burin_log_severity least_severity(const Options& options) {
  if (options.quiet) return BURIN_LOG_ERROR;
  if (options.verbosity >= 2) return BURIN_LOG_DEBUG;
  return options.verbosity == 1 ? BURIN_LOG_INFO : BURIN_LOG_WARNING;
}

sdk::Engine engine_of_worker(const Options& options, const sdk::ModuleSet& modules) {
  sdk::WorkerOptions wanted;
  wanted.address = *options.worker;
  wanted.client = std::string("burin ") + burin_version();
  wanted.log_to = modules;
  sdk::Worker worker(std::move(wanted));
  try {
    worker.connect();
  } catch (const sdk::Error& error) {  // of the machine, not of what was asked
    throw Failure(ExitCode::internal, error.what());
  }
  return worker.engine(options.engine);
}

}  // namespace

void set_up_log(const Options& options) {
  auto log = spdlog::stderr_color_mt("burin");
  log->set_pattern(options.verbosity > 0 ? "burin: %E.%e %^%l%$: %v" : "burin: %^%l%$: %v");
  log->set_level(level_of(least_severity(options)));
  spdlog::set_default_logger(std::move(log));
}

sdk::ModuleSetOptions module_options(const Options& options) {
  sdk::ModuleSetOptions wanted;
  wanted.least_severity = least_severity(options);
  wanted.rescan = options.rescan;
  wanted.log = [](burin_log_severity severity, std::string_view line) {
    spdlog::log(level_of(severity), "{}", on_one_line(line));
  };
  wanted.read_image = [](const std::string& path) { return read_image(path).pixels; };
  return wanted;
}

sdk::ModuleSet find_modules(const Options& options) {
  return sdk::ModuleSet(module_options(options));
}

sdk::Engine make_engine(const Options& options, const sdk::ModuleSet& modules) {
  if (options.worker) return engine_of_worker(options, modules);
  try {
    modules.find<burin_engine>(BURIN_ENGINE_ID, options.engine.module);
  } catch (const sdk::Error& error) {  // of the installation, not of what was asked
    throw Failure(ExitCode::internal, error.what());
  }
  return sdk::Engine::create(modules, options.engine);
}

sdk::RunCallbacks callbacks_for(ProgressLine& line) {
  return {interrupted, [&line](const sdk::Progress& progress) {
            line.show(progress);
            spdlog::debug("{:.0f} % {}: {}", progress.fraction * 100, progress.stage,
                          progress.text);
          }};
}

}  // namespace burin::host
