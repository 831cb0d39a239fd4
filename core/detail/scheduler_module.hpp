// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Schedulers by name: the built-in ones, or modules.
#pragma once

#include "burin/host.h"
#include "diffusion/schedule.hpp"
#include "modules/module_instance.hpp"

namespace burin::core {

// The built-in scheduler whose name stands for an id, or the module, made when it is first asked.
// What a module gives is checked against burin/role/scheduler.h. host may be null where no module
// is named. Throws as scheduler_of and, when asked, as ModuleInstance.
Scheduler find_scheduler(const burin_host* host, const ModuleUse& use);

}  // namespace burin::core
