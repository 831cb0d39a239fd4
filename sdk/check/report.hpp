// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Results for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "plan.hpp"

namespace burin::check {

/// Prints a line a case on the standard output, and a heading before those of another descriptor.
class TextReport {
 public:
  explicit TextReport(const Options& options);
  void tell(const StepResult& result);
  void summarise(const std::vector<StepResult>& results, double seconds) const;

 private:
  bool verbose_, quiet_, colour_;
  std::string heading_;
};

/// Whether any case failed or crashed.
bool any_bad(const std::vector<StepResult>& results);

/// The results as JSON, see burin-check(1).
std::string json_of(const std::vector<StepResult>& results, const Settings& settings,
                    double seconds);

}  // namespace burin::check
