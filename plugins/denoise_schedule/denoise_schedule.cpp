// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The hook burin.detail_hook.denoise_schedule: denoise strength moves from the job's value in the
// first cycle to a target in the last.
#include "burin/cpp/detail_hook_plugin.hpp"

namespace {

using namespace burin;

class DenoiseSchedule : public sdk::DetailHookPlugin {
 public:
  static sdk::ParamList<DenoiseSchedule> parameters() {
    return sdk::ParamList<DenoiseSchedule>().number("target", "Target",
                                                    "The denoise strength of the last cycle.",
                                                    &DenoiseSchedule::target_, 0.0001, 1, 0.2);
  }

  // One cycle has no last one to go to: it stays as it is.
  void pre_ksample(const sdk::HookSegment& segment, const DLTensor&,
                   burin_hook_sampling& sampling) override {
    if (segment->cycles < 2) return;
    const double share = static_cast<double>(segment->cycle) / (segment->cycles - 1);
    sampling.denoise += (target_ - sampling.denoise) * share;
  }

 private:
  double target_ = 0;
};

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.detail_hook.denoise_schedule",
    .role = BURIN_DETAIL_HOOK_ID,
    .name = "Denoise schedule",
    .version = "1.0.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description = "Moves the denoise strength to a target from cycle to cycle.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_PLUGIN(DenoiseSchedule, about)
