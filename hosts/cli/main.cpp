// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The program burin: reads the command line, then loads the module with the commands.
#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <string>

#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "cli/say.hpp"

namespace burin::host {
namespace {

int fail(ExitCode code, const char* sentence) {
  say(sentence);
  return static_cast<int>(code);
}

// What is printed may be all that was asked for.
int with_output_written(int code) {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return code;
  const std::string reason = std::strerror(errno);
  say("The standard output cannot be written: " + reason + ".");
  return code == 0 ? static_cast<int>(ExitCode::output) : code;
}

int run_command(const Options& options) {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto file = (here / BURIN_PROGRAM_MODULE).lexically_normal();
  // Never unloaded: it is what runs.
  static const boost::dll::shared_library module(file.string(), boost::dll::load_mode::rtld_now);
  return module.get<decltype(burin_run_command)>("burin_run_command")(&options);
}

int run(int argc, const char* const* argv) {
  try {
    const Options options = read_command_line(argc, argv);
    if (options.command != Command::print) return with_output_written(run_command(options));
    std::fputs(options.text.c_str(), stdout);
    return with_output_written(0);
  } catch (const Failure& failure) {
    return fail(failure.code(), failure.what());
  } catch (const std::exception& error) {
    return fail(ExitCode::internal, error.what());
  }
}

}  // namespace
}  // namespace burin::host

int main(int argc, char** argv) { return burin::host::run(argc, argv); }
