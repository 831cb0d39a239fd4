// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A line a case, then a summary that names what is wrong.
#include "report.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "burin/cpp/text.hpp"

namespace burin::check {
namespace {

const char* colour_of(Result result) {
  switch (result) {
    case Result::pass:
      return "\033[32m";
    case Result::warn:
      return "\033[33m";
    case Result::skip:
      return "\033[2m";
    default:
      return "\033[1;31m";
  }
}

// In capitals what must be seen.
const char* shown(Result result) {
  switch (result) {
    case Result::fail:
      return "FAIL";
    case Result::crash:
      return "CRASH";
    default:
      return name_of(result);
  }
}

bool is_bad(const StepResult& result) {
  const Result r = result.outcome.verdict.result;
  return r == Result::fail || r == Result::crash;
}

}  // namespace

TextReport::TextReport(const Options& options)
    : verbose_(options.verbose),
      quiet_(options.quiet),
      colour_(::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr) {}

void TextReport::tell(const StepResult& result) {
  const Verdict& verdict = result.outcome.verdict;
  if (quiet_ && verdict.result == Result::pass) return;
  if (quiet_ && verdict.result == Result::skip) return;
  if (heading_ != result.step.heading) {
    heading_ = result.step.heading;
    std::printf("%s\n", heading_.c_str());
  }
  std::printf("  %s%-5s%s  %-25s  %s", colour_ ? colour_of(verdict.result) : "",
              shown(verdict.result), colour_ ? "\033[0m" : "", result.step.what.id,
              result.step.what.sentence);
  if (!verdict.text.empty()) std::printf(": %s", verdict.text.c_str());
  if (verbose_) std::printf(" [%.0f ms]", result.outcome.seconds * 1000);
  std::printf("\n");
  std::fflush(stdout);
}

void TextReport::summarise(const std::vector<StepResult>& results, double seconds) const {
  std::printf("%zu cases in %.1f s:", results.size(), seconds);
  const char* comma = "";
  for (const Result kind :
       {Result::pass, Result::warn, Result::skip, Result::fail, Result::crash}) {
    const auto count = std::count_if(results.begin(), results.end(), [kind](const StepResult& r) {
      return r.outcome.verdict.result == kind;
    });
    std::printf("%s %td %s", comma, count, name_of(kind));
    comma = ",";
  }
  std::printf("\n");
  if (!any_bad(results)) {
    std::printf(results.empty() ? "no case was run\n" : "the module keeps to the interface\n");
    return;
  }
  std::printf("not as it should be:");
  for (const StepResult& result : results) {
    if (!is_bad(result)) continue;
    std::printf(" %s", result.step.what.id);
    if (!result.step.id.empty()) std::printf(" (%s)", sdk::quotable(result.step.id).c_str());
  }
  std::printf("\n");
}

bool any_bad(const std::vector<StepResult>& results) {
  return std::any_of(results.begin(), results.end(), is_bad);
}

}  // namespace burin::check
