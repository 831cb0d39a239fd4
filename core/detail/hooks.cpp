// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Hooks, cycle by cycle.
#include "detail/hooks.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "plan/plan.hpp"

namespace burin::core {

RunSettings cycle_settings(const DetailerSettings& settings, const std::vector<Hook>& hooks,
                           Semantics semantics, int cycle) {
  RunSettings run{settings.steps, settings.cfg, settings.denoise};
  const bool single = settings.cycle <= 1;
  const double progress = single ? 1 : static_cast<double>(cycle) / (settings.cycle - 1);
  for (const Hook& hook : hooks) {
    const auto* schedule = std::get_if<ScheduleHook>(&hook);
    if (!schedule) continue;
    const auto moved = [&](double from) { return from + (schedule->target - from) * progress; };
    switch (schedule->setting) {
      case ScheduleHook::Setting::denoise:
        if (!single) run.denoise = moved(run.denoise);
        break;
      case ScheduleHook::Setting::cfg:
        run.cfg = moved(run.cfg);
        if (follows_reference(semantics) && !single) run.cfg = std::trunc(run.cfg);
        break;
      case ScheduleHook::Setting::steps:
        run.steps = static_cast<int>(moved(run.steps));
        break;
    }
  }
  return run;
}

int steps_of_all_cycles(const DetailerSettings& settings, const std::vector<Hook>& hooks,
                        Semantics semantics) {
  int steps = 0;
  for (int cycle = 0; cycle < settings.cycle; ++cycle)
    steps += cycle_settings(settings, hooks, semantics, cycle).steps;
  return steps;
}

HookPlace hook_place(bool from_start, int cycle, int cycles) {
  if (cycle == 0 && !from_start) return {false, 0, 0};
  const int before = from_start ? cycle : cycle - 1, all = from_start ? cycles : cycles - 1;
  return {true, before, static_cast<double>(before) / all};
}

std::uint64_t hook_seed(std::uint64_t seed, Semantics semantics, const Seg& seg) {
  if (follows_reference(semantics)) return seed;
  return splitmix64(seed ^ splitmix64(static_cast<std::uint64_t>(seg.id)));
}

at::Tensor mixed_noise(const at::Tensor& noise, const at::Tensor& other, double strength) {
  const double rest = 1 - strength;
  return (rest * noise + strength * other) / std::sqrt(rest * rest + strength * strength);
}

}  // namespace burin::core
