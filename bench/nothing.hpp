// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A detector that finds one face without looking: all that is left is the way there and back.
#pragma once

#include "burin/cpp/detector_plugin.hpp"

namespace burin::bench {

class Nothing : public sdk::DetectorPlugin {
 public:
  std::vector<sdk::Detection> detect(const sdk::RgbView& rgb, const sdk::DetectOptions&,
                                     const sdk::DetectRun&) override {
    sdk::Detection face{0, 0, double(rgb.width), double(rgb.height), 1, "face", {}, {}};
    face.landmarks.resize(5);
    return {face};
  }
};

}  // namespace burin::bench
