// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a mask picture selects, as detections.
#pragma once

#include <string>
#include <vector>

#include "burin/cpp/detector_plugin.hpp"

namespace burin::selection {

/// Reads a mask through the host: each connected blob that is not black, or all of it together, is
/// one detection of confidence 1 with the mask's own values in it.
class MaskDetector : public sdk::DetectorPlugin {
 public:
  MaskDetector(sdk::PluginHost host, const std::string& data_dir);

  static sdk::ParamList<MaskDetector> parameters();

  /// Largest blob first. Throws sdk::Error: INVALID (no mask was named), NOT_FOUND, IO, IMAGE (not
  /// a mask, or of another size than the picture), UNSUPPORTED (a host that reads no files), MEMORY
  /// (more blobs than fit), CANCELLED.
  std::vector<sdk::Detection> detect(const sdk::RgbView& rgb, const sdk::DetectOptions& options,
                                     const sdk::DetectRun& run) override;

 private:
  sdk::PluginHost host_;
  std::string mask_file_, label_;
  bool combined_ = false;
};

}  // namespace burin::selection
