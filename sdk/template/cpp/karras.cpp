// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A scheduler in C++20: the levels of Karras et al. 2022, equation 5, with rho as a parameter.
#include <burin/cpp/scheduler_plugin.hpp>

#include <algorithm>
#include <cmath>

namespace {

namespace sdk = burin::sdk;

class Karras : public sdk::SchedulerPlugin {
 public:
  static sdk::ParamList<Karras> parameters() {
    return sdk::ParamList<Karras>().number("rho", "Rho", "How dense low levels are.", &Karras::rho_,
                                           1, 20, 7);
  }

  std::vector<double> sigmas(const sdk::NoiseLevels& levels, uint32_t steps) override {
    const double from = std::pow(levels.most, 1 / rho_), to = std::pow(levels.least, 1 / rho_);
    std::vector<double> made(steps + 1, 0.0);
    for (uint32_t i = 0; i < steps; ++i) {
      const double way = steps > 1 ? i / (steps - 1.0) : 0;
      made[i] = std::min(levels.most, std::pow(from + way * (to - from), rho_));
    }
    return made;
  }

 private:
  double rho_ = 7;
};

constexpr burin_descriptor about = {.struct_size = sizeof(burin_descriptor),
                                    .id = "org.example.karras_rho",
                                    .role = BURIN_SCHEDULER_ID,
                                    .name = "Karras with rho",
                                    .version = "1.0.0",
                                    .vendor = "Example",
                                    .licence = "Apache-2.0",
                                    .description = "Dense at low levels, as rho says.",
                                    .cuda = BURIN_CUDA_NO};

}  // namespace

BURIN_PLUGIN(Karras, about)
