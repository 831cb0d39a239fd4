// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Whatever a cascade classifier was trained for.
#pragma once

#include <opencv2/objdetect.hpp>
#include <string>
#include <vector>

#include "burin/cpp/detector_plugin.hpp"

namespace burin::haar {

/// OpenCV's CascadeClassifier over every scale of a picture. A window that fires with n others
/// around it has the confidence n / (n + 3): a threshold of 0.5 asks for three neighbours, which is
/// OpenCV's default.
class CascadeDetector : public sdk::DetectorPlugin {
 public:
  /// data_dir: where haar/ may hold the default cascade.
  CascadeDetector(sdk::PluginHost host, std::string data_dir);

  static sdk::ParamList<CascadeDetector> parameters();

  /// Throws sdk::Error: NOT_FOUND, MODEL for the cascade; CANCELLED.
  std::vector<sdk::Detection> detect(const sdk::RgbView& rgb, const sdk::DetectOptions& options,
                                     const sdk::DetectRun& run) override;

 private:
  cv::CascadeClassifier& cascade();

  std::string cascade_file_, label_;
  double scale_step_ = 0;
  std::string data_dir_, opened_file_;
  cv::CascadeClassifier classifier_;
};

}  // namespace burin::haar
