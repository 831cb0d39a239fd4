// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The groups of cases that do not depend on the role.
#pragma once

#include <vector>

#include "case.hpp"

namespace burin::check {

/// About the module as a whole.
std::vector<Case> library_cases();
/// About each descriptor; need no instance.
std::vector<Case> descriptor_cases();
/// About each descriptor whose role is known.
std::vector<Case> lifecycle_cases();
std::vector<Case> errors_cases();
std::vector<Case> tensors_cases();
std::vector<Case> params_cases();
std::vector<Case> state_cases();
std::vector<Case> cuda_cases();
std::vector<Case> fuzz_cases();

}  // namespace burin::check
