// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a YOLO network was trained for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "burin/cpp/detector_plugin.hpp"
#include "graph.hpp"

namespace burin::yolo {

/// A network from an ONNX file, looking at the whole picture at once.
class YoloDetector : public sdk::DetectorPlugin {
 public:
  /// data_dir: where yolo/ may hold the one network that is meant when none is named.
  YoloDetector(sdk::PluginHost host, std::string data_dir);

  static sdk::ParamList<YoloDetector> parameters();

  /// Throws sdk::Error: NOT_FOUND, IO, MODEL, UNSUPPORTED for the file; CANCELLED; MEMORY.
  std::vector<sdk::Detection> detect(const sdk::RgbView& rgb, const sdk::DetectOptions& options,
                                     const sdk::DetectRun& run) override;

 private:
  struct Network;
  Network& network();

  std::string model_file_;
  double iou_ = 0;
  std::string data_dir_, opened_file_;
  std::shared_ptr<Network> network_;
};

}  // namespace burin::yolo
