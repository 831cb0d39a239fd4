// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The program burin: reads the command line, then loads the module with the commands.
#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>

#include "cli/exit_code.hpp"
#include "cli/program.hpp"

namespace burin::host {
namespace {

ExitCode say(ExitCode code, const char* sentence) {
  std::fprintf(stderr, "burin: %s\n", sentence);
  return code;
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
    if (options.command != Command::print) return run_command(options);
    std::fputs(options.text.c_str(), stdout);
    return 0;
  } catch (const Failure& failure) {
    return static_cast<int>(say(failure.code(), failure.what()));
  } catch (const std::exception& error) {
    return static_cast<int>(say(ExitCode::internal, error.what()));
  }
}

}  // namespace
}  // namespace burin::host

int main(int argc, char** argv) { return burin::host::run(argc, argv); }
