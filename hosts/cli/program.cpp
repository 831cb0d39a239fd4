// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Runs a command and turns what it throws into an exit code and a sentence.
#include "cli/program.hpp"

#include <exception>
#include <new>

#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "cli/say.hpp"
#include "cli/session.hpp"

namespace burin::host {
namespace {

ExitCode run(const Options& options) {
  set_up_log(options);
  catch_interrupts();
  switch (options.command) {
    case Command::detail:
      return run_detail(options);
    case Command::plan:
      return run_plan(options);
    case Command::detect:
      return run_detect(options);
    case Command::segs:
      return run_segs(options);
    case Command::info:
      return run_info(options);
    case Command::plugins:
      return run_plugins(options);
    case Command::doctor:
      return run_doctor(options);
    case Command::serve:
      return run_serve(options);
    case Command::print:
      break;
  }
  return ExitCode::ok;
}

ExitCode fail(ExitCode code, const char* sentence) {
  say(sentence);
  return code;
}

ExitCode guarded_run(const Options& options) {
  try {
    return run(options);
  } catch (const Failure& failure) {
    return fail(failure.code(), failure.what());
  } catch (const sdk::Error& error) {
    if (error.cancelled()) return fail(ExitCode::cancelled, "Cancelled; nothing was written.");
    return fail(exit_code_of(error.status()), error.what());
  } catch (const std::bad_alloc&) {
    return fail(ExitCode::memory, "There is not enough memory.");
  } catch (const std::exception& error) {
    return fail(ExitCode::internal, error.what());
  }
}

}  // namespace
}  // namespace burin::host

int burin_run_command(const burin::host::Options* options) noexcept {
  return static_cast<int>(burin::host::guarded_run(*options));
}
