// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The hook burin.detail_hook.cfg_schedule: guidance scale moves from the job's value in the first
// cycle to a target in the last.
#include "burin/cpp/detail_hook_plugin.hpp"

namespace {

using namespace burin;

class CfgSchedule : public sdk::DetailHookPlugin {
 public:
  static sdk::ParamList<CfgSchedule> parameters() {
    return sdk::ParamList<CfgSchedule>().number("target", "Target",
                                                "The guidance scale of the last cycle.",
                                                &CfgSchedule::target_, 0, 100, 3);
  }

  // One cycle has no last one to go to: it stays as it is.
  void pre_ksample(const sdk::HookSegment& segment, const DLTensor&,
                   burin_hook_sampling& sampling) override {
    if (segment->cycles < 2) return;
    const double share = static_cast<double>(segment->cycle) / (segment->cycles - 1);
    sampling.cfg += (target_ - sampling.cfg) * share;
  }

 private:
  double target_ = 0;
};

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.detail_hook.cfg_schedule",
    .role = BURIN_DETAIL_HOOK_ID,
    .name = "Guidance schedule",
    .version = "1.0.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description = "Moves the guidance scale to a target from cycle to cycle.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_PLUGIN(CfgSchedule, about)
