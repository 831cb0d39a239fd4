// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Guide, example 3: a hook that takes one point and has a parameter. Strength falls from cycle to
// cycle.
#include <burin/cpp/detail_hook_plugin.hpp>

namespace {

namespace sdk = burin::sdk;

class Schedule : public sdk::DetailHookPlugin {
 public:
  static sdk::ParamList<Schedule> parameters() {
    return sdk::ParamList<Schedule>().number("last", "Last", "Strength of the last cycle.",
                                             &Schedule::last_, 0.01, 1, 0.2);
  }

  void pre_ksample(const sdk::HookSegment& segment, const DLTensor&,
                   burin_hook_sampling& sampling) override {
    if (segment->cycles < 2) return;
    const double way = segment->cycle / (segment->cycles - 1.0);
    sampling.denoise += (last_ - sampling.denoise) * way;
  }

 private:
  double last_ = 0;
};

constexpr burin_descriptor about = {.struct_size = sizeof(burin_descriptor),
                                    .id = "org.example.schedule",
                                    .role = BURIN_DETAIL_HOOK_ID,
                                    .name = "Falling strength",
                                    .version = "1.0.0",
                                    .vendor = "Example",
                                    .licence = "Apache-2.0",
                                    .description = "Each cycle is gentler than the one before.",
                                    .cuda = BURIN_CUDA_NO};

}  // namespace

BURIN_PLUGIN(Schedule, about)
