// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Flags by CLI11, expressions by regcomp.
#include "options.hpp"

#include <CLI/CLI.hpp>

#include "burin/loader.h"

namespace burin::check {

Pattern::Pattern(const std::string& option, const std::string& text) {
  const int error = ::regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB);
  if (error == 0) return;
  char reason[128] = "";
  ::regerror(error, &compiled_, reason, sizeof reason);
  throw UsageError{option + " is '" + text +
                   "', which is no extended regular expression: " + reason + "."};
}

Pattern::~Pattern() { ::regfree(&compiled_); }

bool Pattern::found_in(const std::string& text) const {
  return ::regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
}

Options read_command_line(int argc, const char* const* argv) {
  Options options;
  CLI::App app(
      "Tells whether a module keeps to Burin's C interface: loads it, calls it, each case in "
      "a process of its own.",
      "burin-check");
  app.footer(
      "Exit code: 0 all passed (warnings and skips too), 1 a case failed or crashed, 2 wrong "
      "command line, 3 there is no such module. man burin-check says more.");
  std::string module, data_dir;
  std::vector<std::string> set;
  bool version = false, in_process = false;
  app.add_option("MODULE", module, "the module, such as ./mine.burin")->type_name("FILE");
  app.add_flag("--list", options.list, "list the cases, with MODULE those that hold for it")
      ->group("Cases");
  app.add_option("--only", options.only, "run the cases whose id matches")
      ->type_name("REGEX")
      ->group("Cases");
  app.add_option("--skip", options.skip, "leave out the cases whose id matches")
      ->type_name("REGEX")
      ->group("Cases");
  app.add_option("--seed", options.settings.seed, "seed of random values [1]")
      ->type_name("N")
      ->group("Cases");
  app.add_option("--reproduce", options.settings.reproduce,
                 "run one round of the fuzz cases, the number it was reported with")
      ->type_name("SEED")
      ->group("Cases");
  app.add_option("--timeout", options.isolation.limit_s, "seconds a case may take [10]")
      ->type_name("S")
      ->check(CLI::Range(0.1, 86400.0))
      ->group("Cases");
  app.add_flag("--in-process", in_process, "run the cases here, for a debugger")->group("Cases");
  app.add_option("--data-dir", data_dir, "folder of the module's data [as a host finds it]")
      ->type_name("FOLDER")
      ->check(CLI::ExistingDirectory)
      ->group("Module");
  app.add_option("--set", set, "give a parameter a value in every instance; may be repeated")
      ->type_name("ID=VALUE")
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args(false)
      ->group("Module");
  app.add_option("--json", options.json, "write the results as JSON, - is the standard output")
      ->type_name("FILE")
      ->group("Output");
  app.add_flag("-v,--verbose", options.verbose, "show what the module prints, and times")
      ->group("Output");
  app.add_flag("-q,--quiet", options.quiet, "show only what did not pass")->group("Output");
  app.add_flag("--version", version, "print the version")->group("Output");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    options.text = app.help();
    return options;
  } catch (const CLI::ParseError& error) {
    std::string sentence = error.what();
    if (!sentence.empty() && sentence.back() != '.') sentence += '.';
    throw UsageError{sentence + " See burin-check --help."};
  }
  if (version) {
    options.text = std::string("burin-check ") + burin_version() + "\n";
    return options;
  }
  if (module.empty() && !options.list) {
    throw UsageError{"No module is given. See burin-check --help."};
  }
  for (const std::string& one : set) {
    const std::size_t equals = one.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError{"--set is '" + one + "'; expected is ID=VALUE."};
    }
    options.settings.set.emplace_back(one.substr(0, equals), one.substr(equals + 1));
  }
  if (!module.empty()) options.settings.module = std::filesystem::absolute(module);
  if (!data_dir.empty()) options.settings.data_dir = std::filesystem::absolute(data_dir);
  options.isolation.own_process = !in_process;
  options.isolation.show_output = options.verbose;
  if (options.settings.reproduce && options.only.empty()) options.only = "^fuzz[.]";
  return options;
}

}  // namespace burin::check
