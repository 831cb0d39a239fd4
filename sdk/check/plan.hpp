// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Which cases are to be run on what.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "case.hpp"
#include "isolate.hpp"

namespace burin::check {

/// What a module lists about itself.
struct Listed {
  std::string id, role, name, version;
};

/// Found in a process of its own; empty when the module cannot be listed: library cases say why.
std::vector<Listed> list_module(const std::filesystem::path& module, const Isolation& how);

struct Step {
  Case what;
  std::string id;       ///< of the descriptor; "": the module as a whole
  std::string heading;  ///< what it is about, for people
  const Role* role = nullptr;
};

/// All steps for a module that lists this.
std::vector<Step> steps_for(const std::vector<Listed>& listed);

/// Every case there is, each once.
std::vector<Case> all_cases();

struct StepResult {
  Step step;
  Outcome outcome;
};

/// Runs those that are wanted, in order, and tells each as it ends.
std::vector<StepResult> run_steps(const std::vector<Step>& steps, const Settings& settings,
                                  const Isolation& how,
                                  const std::function<void(const StepResult&)>& tell);

}  // namespace burin::check
