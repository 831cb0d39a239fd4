// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The YuNet network: planar pixels in, boxes and landmarks out.
#pragma once

#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>
#include <string>
#include <vector>

#include "face.hpp"

namespace burin::yunet {

/// Input sides are multiples of this.
constexpr int network_multiple = 32;

/// One instance of the network; calls from one thread at a time.
class Network {
 public:
  /// Reads the ONNX file. Throws sdk::Error: NOT_FOUND, MODEL.
  explicit Network(const std::string& file);

  /// planar: float32 [1, 3, height, width], blue, green, red, 0..255, sides multiples of 32.
  /// Returns the faces with score >= threshold in pixels of the input, one for each place the
  /// network fires at (so several a face).
  std::vector<Face> find(const cv::Mat& planar, double threshold);

 private:
  cv::dnn::Net net_;
};

}  // namespace burin::yunet
