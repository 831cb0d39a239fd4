// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The hook burin.detail_hook.noise_injection: adds noise to what a cycle starts from, which gives
// later cycles detail to work on.
#include "burin/cpp/detail_hook_plugin.hpp"

namespace {

using namespace burin;

// Keeps this noise apart from the engine's own, which is drawn from the plain seeds.
constexpr uint64_t other_noise = 0x9e3779b97f4a7c15;

class NoiseInjection : public sdk::DetailHookPlugin {
 public:
  static sdk::ParamList<NoiseInjection> parameters() {
    return sdk::ParamList<NoiseInjection>()
        .number("start", "Start", "Deviation of the noise in the first cycle.",
                &NoiseInjection::start_, 0, 10, 0.1)
        .number("end", "End", "Deviation of the noise in the last cycle.", &NoiseInjection::end_, 0,
                10, 0.1)
        .toggle("first_cycle", "First cycle", "The first cycle gets noise too.",
                &NoiseInjection::first_cycle_, false);
  }

  void cycle_latent(const sdk::HookSegment& segment, const sdk::FloatPlanes& latent) override {
    if (segment->cycle == 0 && !first_cycle_) return;
    const double share =
        segment->cycles < 2 ? 0 : static_cast<double>(segment->cycle) / (segment->cycles - 1);
    const auto strength = static_cast<float>(start_ + (end_ - start_) * share);
    if (strength == 0) return;
    const uint64_t seed = (segment->seed ^ other_noise) + segment->cycle;
    const std::vector<float> noise = segment.noise(seed, latent);
    for (size_t i = 0; i < noise.size(); ++i) latent.values[i] += strength * noise[i];
  }

 private:
  double start_ = 0, end_ = 0;
  bool first_cycle_ = false;
};

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.detail_hook.noise_injection",
    .role = BURIN_DETAIL_HOOK_ID,
    .name = "Noise injection",
    .version = "1.0.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description = "Adds noise to what each cycle starts from.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_PLUGIN(NoiseInjection, about)
