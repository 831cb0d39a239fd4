// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Samplers by name: the built-in ones, or modules.
#pragma once

#include "burin/host.h"
#include "diffusion/sampler.hpp"
#include "modules/module_instance.hpp"

namespace burin::core {

// Runs the built-in sampler whose name stands for an id, or the module, made for this run. Its
// latents are float32 copies on the CPU; it is offered the unconditional prediction where
// both_predictions says that the input's model gives it. host may be null where no module is named.
// Throws as run_sampler, what the model throws while it is asked, as ModuleInstance,
// and ModuleError for a module that fails or breaks burin/role/sampler.h: it does not end its
// steps, gives tensors of another shape, or leaves values that are not numbers.
SamplerOutput run_any_sampler(const burin_host* host, const ModuleUse& use,
                              const SamplerInput& input, bool both_predictions);

}  // namespace burin::core
