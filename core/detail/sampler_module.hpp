// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Samplers by name: the built-in ones, or modules.
#pragma once

#include "burin/host.h"
#include "diffusion/sampler.hpp"

namespace burin::core {

// Runs the built-in sampler of this name, or the module of this id, made for this run. The module's
// latents are float32 copies on the CPU; it is offered the unconditional prediction where
// both_predictions says that the input's model gives it. host may be null where no module is named.
// Throws as run_sampler, what the model throws while it is asked, and ModuleError for a module that
// is not there, fails, or breaks burin/role/sampler.h: it does not end its steps, gives tensors of
// another shape, or leaves values that are not numbers.
SamplerOutput run_any_sampler(const burin_host* host, const std::string& name,
                              const SamplerInput& input, bool both_predictions);

}  // namespace burin::core
