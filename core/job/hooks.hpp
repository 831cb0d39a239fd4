// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Hooks of a job: what changes from cycle to cycle, and what happens between the stages.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "modules/module_instance.hpp"
#include "runtime/json_fields.hpp"

namespace burin::core {

// A setting that goes from the job's in the first cycle to `target` in the last.
struct ScheduleHook {
  enum class Setting { denoise, cfg, steps } setting = Setting::denoise;
  double target = 0;
};

// Noise added to the latent before each cycle after the first, or before the first too.
struct NoiseInjectionHook {
  std::uint64_t seed = 0;
  double start_strength = 2, end_strength = 1;  // in the autoencoder's own scale
  bool from_start = false;
};

// Every cycle's initial noise mixed with that of another seed.
struct VariationHook {
  std::uint64_t seed = 0;
  double strength = 0;  // 0..1
};

// The latent turned back to a noise level by a sampler that runs upwards, before each cycle after
// the first, or before the first too.
struct UnsamplerHook {
  int steps = 25;
  double start_end_at_step = 21, end_end_at_step = 24;  // steps left out at the noisy end
  double cfg = 1;
  std::string sampler = "euler", scheduler = "normal";
  bool normalize = false;  // the result to mean 0 and deviation 1
  std::string positive, negative;
  bool from_start = false;
};

// A redrawn crop that is dark and even all over is drawn again with other seeds.
struct BlackPatchRetryHook {
  double mean = 10, deviation = 5;  // 8-bit steps; black is what lies below both
  int attempts = 3;
};

// What the picture will be, with the progress of every n-th step.
struct PreviewHook {
  int every = 1;
};

// A module of the role detail_hook.
struct ModuleHook {
  ModuleUse use;
  int attempts = 3;  // how often it may have a segment done again
};

using Hook = std::variant<ScheduleHook, NoiseInjectionHook, VariationHook, UnsamplerHook,
                          BlackPatchRetryHook, PreviewHook, ModuleHook>;

// The members "id" and "params" of an object that names a module. Throws Error{fields.status}.
ModuleUse read_module_use(const Fields& fields, const std::filesystem::path& base_dir);

// The member "hooks" of a job. Throws Error{fields.status} naming the hook by its place.
std::vector<Hook> read_hooks(const Fields& fields, const std::filesystem::path& base_dir);
nlohmann::json hooks_to_json(const std::vector<Hook>& hooks);

// Samplers that can run from a lower level to a higher one.
const std::vector<std::string>& unsampler_names();

}  // namespace burin::core
