// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Parts of the faces that another detector finds.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "burin/cpp/detector_plugin.hpp"

namespace burin::regions {

/// Asks burin.detector.yunet, through the host, for faces and says where their parts are.
class RegionDetector : public sdk::DetectorPlugin {
 public:
  /// data_dir is not used: the face detector has its own. Throws sdk::Error: UNSUPPORTED (a host
  /// without burin.modules/1), and what making the face detector gives.
  RegionDetector(sdk::PluginHost host, const std::string& data_dir);

  std::vector<sdk::Detection> detect(const sdk::RgbView& rgb, const sdk::DetectOptions& options,
                                     const sdk::DetectRun& run) override;

 private:
  struct Faces;
  std::shared_ptr<Faces> faces_;
};

}  // namespace burin::regions
