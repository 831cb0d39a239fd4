// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Calls into scheduler modules.
#include "detail/scheduler_module.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <memory>
#include <vector>

#include "burin/role/scheduler.h"
#include "job/job.hpp"
#include "modules/module_instance.hpp"

namespace burin::core {
namespace {

using SchedulerModule = ModuleInstance<burin_scheduler>;

void check_levels(const ModuleCall& call, const std::vector<double>& sigmas, double most) {
  for (std::size_t i = 0; i < sigmas.size(); ++i) {
    const bool last = i + 1 == sigmas.size();
    const std::string level = "level " + std::to_string(i) + " as " + std::to_string(sigmas[i]);
    if (!std::isfinite(sigmas[i]) || (last ? sigmas[i] != 0 : !(sigmas[i] > 0)))
      call.broke_contract("gave " + level + "; expected levels above 0 and a last 0.");
    if (i > 0 && sigmas[i] > sigmas[i - 1])
      call.broke_contract("gave " + level + ", above the one before it; levels must not rise.");
    if (sigmas[i] > most * (1 + 1e-6))
      call.broke_contract("gave " + level + "; the model's highest is " + std::to_string(most) +
                          ".");
  }
}

at::Tensor levels_of(const SchedulerModule& module, const NoiseLevels& levels, int steps) {
  const at::Tensor table = levels.sigmas.to(at::kCPU, at::kDouble).contiguous();
  burin_noise_levels known{};
  known.struct_size = sizeof known;
  known.least = levels.min;
  known.most = levels.max;
  if (!levels.continuous) {
    known.count = static_cast<std::size_t>(table.numel());
    known.table = table.const_data_ptr<double>();
  }
  std::vector<double> sigmas(static_cast<std::size_t>(steps) + 1, -1);
  module.call().check(module.role()->sigmas(module.self(), &known,
                                            static_cast<std::uint32_t>(steps), sigmas.data()));
  check_levels(module.call(), sigmas, levels.max);
  return at::tensor(sigmas, at::kDouble).to(at::kFloat);
}

}  // namespace

Scheduler find_scheduler(const burin_host* host, const ModuleUse& use) {
  if (host == nullptr || !is_module_id(use.id)) return scheduler_of(use.id);
  auto module = std::make_shared<std::unique_ptr<SchedulerModule>>();
  return [host, use, module](const NoiseLevels& levels, int steps) {
    if (!*module)
      *module = std::make_unique<SchedulerModule>(host, BURIN_SCHEDULER_ID, use,
                                                  "The scheduler '" + use.id + "'");
    return levels_of(**module, levels, steps);
  };
}

}  // namespace burin::core
