// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The program burin-check.
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "options.hpp"
#include "plan.hpp"
#include "report.hpp"

namespace burin::check {
namespace {

int say(ExitCode code, const std::string& sentence) {
  std::fprintf(stderr, "burin-check: %s\n", sentence.c_str());
  return static_cast<int>(code);
}

/// A part of the file is never seen.
void write_file(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::path part = path;
  part += ".part";
  std::ofstream out(part, std::ios::binary);
  out << text;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(part, path, error);
  if (!out || error) {
    std::filesystem::remove(part, error);
    throw UsageError{"--json: the file " + path.string() + " cannot be written."};
  }
}

std::vector<Step> wanted(std::vector<Step> steps, const Options& options) {
  const Pattern only("--only", options.only.empty() ? ".*" : options.only);
  const Pattern skipped("--skip", options.skip.empty() ? "^$" : options.skip);
  std::erase_if(steps, [&](const Step& step) {
    return !only.found_in(step.what.id) || skipped.found_in(step.what.id);
  });
  return steps;
}

void print_cases(const std::vector<Case>& cases) {
  for (const Case& c : cases) std::printf("%-25s  %s\n", c.id, c.sentence);
}

int check_module(const Options& options) {
  const bool text = options.json != "-";
  const auto listed = list_module(options.settings.module, options.isolation);
  const auto steps = wanted(steps_for(listed), options);
  if (options.list) {
    std::vector<Case> cases;
    for (const Step& step : steps) cases.push_back(step.what);
    print_cases(cases);
    return 0;
  }
  if (text) std::printf("burin-check: %s\n", options.settings.module.c_str());
  if (steps.empty()) throw UsageError{"No case matches --only and --skip. See burin-check --list."};
  const auto begin = std::chrono::steady_clock::now();
  TextReport report(options);
  const auto results =
      run_steps(steps, options.settings, options.isolation, [&](const StepResult& result) {
        if (text) report.tell(result);
      });
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (text) report.summarise(results, seconds);
  if (options.json) {
    const std::string json = json_of(results, options.settings, seconds);
    if (text) {
      write_file(*options.json, json);
    } else {
      std::fputs(json.c_str(), stdout);
    }
  }
  return static_cast<int>(any_bad(results) ? ExitCode::bad_module : ExitCode::good);
}

int run(int argc, const char* const* argv) {
  try {
    const Options options = read_command_line(argc, argv);
    if (!options.text.empty()) {
      std::fputs(options.text.c_str(), stdout);
      return 0;
    }
    if (options.settings.module.empty()) {
      print_cases(all_cases());
      return 0;
    }
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(options.settings.module, ignored)) {
      return say(ExitCode::no_module,
                 "There is no module file " + options.settings.module.string() + ".");
    }
    return check_module(options);
  } catch (const UsageError& error) {
    return say(ExitCode::usage, error.sentence);
  } catch (const Finding& finding) {
    return say(ExitCode::bad_module, finding.verdict.text + ".");
  } catch (const std::exception& error) {
    return say(ExitCode::bad_module, error.what());
  }
}

}  // namespace
}  // namespace burin::check

int main(int argc, char** argv) { return burin::check::run(argc, argv); }
