// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A convolution of 3 x 3 with what follows it, computed by OpenCV.
#pragma once

#include <memory>
#include <opencv2/core.hpp>

namespace burin::esrgan {

/// What a convolution's values go through.
struct Activation {
  float slope = 1;  ///< of values below 0; 1: none
  cv::Mat slopes;   ///< instead, one for each channel; empty: `slope` holds
};

/// Stride 1, zeros around the picture. Copies share weights. Not for two threads at once.
class Convolution {
 public:
  Convolution() = default;
  /// weights: float32 [outputs, inputs, 3, 3]; bias: float32 [outputs].
  Convolution(const cv::Mat& weights, const cv::Mat& bias, const Activation& activation);

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }

  /// from: features of `inputs` channels; to: features of `outputs` channels and the same size,
  /// written; they do not overlap.
  void run(const cv::Mat& from, const cv::Mat& to) const;

 private:
  struct Layers;
  int inputs_ = 0, outputs_ = 0;
  std::shared_ptr<Layers> layers_;
};

/// The result of `convolution` in new features.
cv::Mat convolved(const Convolution& convolution, const cv::Mat& from);

}  // namespace burin::esrgan
