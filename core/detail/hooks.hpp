// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a job's hooks mean for one cycle.
#pragma once

#include <ATen/core/Tensor.h>

#include "job/job.hpp"
#include "segs/segs.hpp"

namespace burin::core {

// What one cycle samples with.
struct RunSettings {
  int steps;
  double cfg, denoise;
};

// cycle: from 0. Each schedule goes in equal parts from the job's value to its target.
// impact behaviour: steps and cfg are truncated to whole numbers; where there is one cycle, a
// schedule of denoise does nothing and the others give their target. burin: cfg is not truncated.
RunSettings cycle_settings(const DetailerSettings& settings, const std::vector<Hook>& hooks,
                           Semantics semantics, int cycle);

// The steps of all cycles together.
int steps_of_all_cycles(const DetailerSettings& settings, const std::vector<Hook>& hooks,
                        Semantics semantics);

// The first hook of a kind, or null.
template <class Kind>
const Kind* find_hook(const std::vector<Hook>& hooks) {
  for (const Hook& hook : hooks)
    if (const auto* found = std::get_if<Kind>(&hook)) return found;
  return nullptr;
}

// Where a hook that may leave the first cycle out stands before one.
struct HookPlace {
  bool acts;     // whether it does anything before this cycle
  int count;     // how often it acted before
  double share;  // of the way from its first value to its last, 0 to below 1
};
HookPlace hook_place(bool from_start, int cycle, int cycles);

// The seed a hook draws with for a SEG. impact: its own; burin: mixed with the SEG's id.
std::uint64_t hook_seed(std::uint64_t seed, Semantics semantics, const Seg& seg);

// ((1 - s) noise + s other) / sqrt((1 - s)^2 + s^2): of unit deviation where both are.
at::Tensor mixed_noise(const at::Tensor& noise, const at::Tensor& other, double strength);

}  // namespace burin::core
