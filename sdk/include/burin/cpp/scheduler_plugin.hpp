// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A scheduler module in C++: derive from SchedulerPlugin, then BURIN_PLUGIN(Type, descriptor).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "burin/cpp/plugin.hpp"
#include "burin/role/scheduler.h"

namespace burin::sdk {

/// See burin_noise_levels; checked.
struct NoiseLevels {
  double least = 0, most = 0;
  std::span<const double> table;  ///< empty: every level from least to most
};

template <typename Type>
struct SchedulerTable;

/// Base of a scheduler. Any exception is fine: it stops at the module's border.
/// The constructor and the destructor are [host-thread], all else is [work-thread].
class SchedulerPlugin {
 public:
  template <typename Type>
  using Table = SchedulerTable<Type>;

  virtual ~SchedulerPlugin() = default;
  /// steps + 1 levels for steps of at least 1: not rising, none above most, the last one 0. What
  /// breaks that is refused with a sentence.
  virtual std::vector<double> sigmas(const NoiseLevels& levels, uint32_t steps) = 0;
};

/// Throws Error (INVALID) unless the levels keep their contract.
inline NoiseLevels noise_levels(const burin_noise_levels* levels) {
  if (levels == nullptr || !BURIN_HAS(levels, table)) {
    throw Error(BURIN_E_INVALID, "The model's noise levels are missing or too short.");
  }
  const NoiseLevels read{levels->least, levels->most, {levels->table, levels->count}};
  if (!(read.least > 0 && read.most > read.least && std::isfinite(read.most))) {
    throw Error(BURIN_E_INVALID, "The model's noise levels go from " + std::to_string(read.least) +
                                     " to " + std::to_string(read.most) +
                                     "; expected is a positive range.");
  }
  if (levels->count != 0 && levels->table == nullptr) {
    throw Error(BURIN_E_INVALID, "The model's table of noise levels is NULL.");
  }
  return read;
}

/// The burin_scheduler table of `Type`.
template <typename Type>
struct SchedulerTable : PluginCalls<Type> {
  static burin_status sigmas(void* self, const burin_noise_levels* levels, uint32_t steps,
                             double* out) {
    return PluginCalls<Type>::call(self, [&](Type& scheduler) {
      require_place(out);
      if (steps < 1) {
        throw Error(BURIN_E_INVALID,
                    "A schedule of 0 steps was asked for; expected is at least 1.");
      }
      const NoiseLevels read = noise_levels(levels);
      const std::vector<double> made = scheduler.sigmas(read, steps);
      check(made, read, steps);
      std::copy(made.begin(), made.end(), out);
    });
  }

  static void check(const std::vector<double>& made, const NoiseLevels& levels, uint32_t steps) {
    const auto refuse = [](const std::string& what) {
      throw Error(BURIN_E_INTERNAL, "The scheduler's levels " + what + ".");
    };
    if (made.size() != size_t(steps) + 1) {
      refuse("are " + std::to_string(made.size()) + "; expected are " + std::to_string(steps) +
             " + 1");
    }
    // Half a unit of float32 above the model's range is rounding.
    double before = levels.most * (1 + 6e-8);
    for (size_t i = 0; i + 1 < made.size(); ++i) {
      if (!(made[i] > 0 && made[i] <= before)) {
        refuse("have " + std::to_string(made[i]) + " after " + std::to_string(before));
      }
      before = made[i];
    }
    if (made.back() != 0) refuse("end at " + std::to_string(made.back()) + ", expected is 0");
  }

  static constexpr burin_scheduler table = {sizeof(burin_scheduler), PluginCalls<Type>::create,
                                            PluginCalls<Type>::destroy, sigmas};
};

}  // namespace burin::sdk
