// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Schedulers by name: the built-in ones, or modules.
#pragma once

#include "burin/host.h"
#include "diffusion/schedule.hpp"

namespace burin::core {

// The built-in scheduler of this name, or the module of this id, made when it is first asked. What
// a module gives is checked against burin/role/scheduler.h. host may be null where no module is
// named. Throws as scheduler_of and, when asked, as ModuleInstance.
Scheduler find_scheduler(const burin_host* host, const std::string& name);

}  // namespace burin::core
