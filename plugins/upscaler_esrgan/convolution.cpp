// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Rationale: layers of cv::dnn, one by one, without a cv::dnn::Net around them. A Net cannot be
// stopped before its end; so a cancel waits for one convolution, and a dense block's layers write
// side by side into one buffer, which is what concatenates them.
#include "convolution.hpp"

#include <array>
#include <opencv2/dnn.hpp>
#include <opencv2/dnn/all_layers.hpp>
#include <vector>

#include "features.hpp"

namespace burin::esrgan {

struct Convolution::Layers {
  cv::Ptr<cv::dnn::Layer> convolution;
  std::array<int, 2> prepared_for = {0, 0};  // height and width
};

Convolution::Convolution(const cv::Mat& weights, const cv::Mat& bias, const Activation& activation)
    : inputs_(weights.size[1]), outputs_(weights.size[0]), layers_(std::make_shared<Layers>()) {
  using cv::dnn::LayerFactory;
  cv::dnn::LayerParams parameters;
  parameters.set("kernel_size", 3);
  parameters.set("pad", 1);
  parameters.set("num_output", outputs_);
  parameters.set("bias_term", true);
  parameters.blobs = {weights, bias};
  layers_->convolution = LayerFactory::createLayerInstance("Convolution", parameters);

  cv::dnn::LayerParams after;
  if (!activation.slopes.empty()) {
    after.blobs = {activation.slopes};
  } else if (activation.slope == 1) {
    return;
  } else {
    after.set("negative_slope", activation.slope);
  }
  const auto layer =
      LayerFactory::createLayerInstance(activation.slopes.empty() ? "ReLU" : "PReLU", after);
  layers_->convolution->setActivation(layer.dynamicCast<cv::dnn::ActivationLayer>());
}

void Convolution::run(const cv::Mat& from, const cv::Mat& to) const {
  const std::vector<cv::Mat> inputs = {from};
  std::vector<cv::Mat> outputs = {to}, scratch;
  cv::dnn::Layer& layer = *layers_->convolution;
  const std::array<int, 2> size = {height_of(from), width_of(from)};
  if (layers_->prepared_for != size) {
    layer.finalize(cv::InputArrayOfArrays(inputs), cv::OutputArrayOfArrays(outputs));
    layers_->prepared_for = size;
  }
  layer.forward(cv::InputArrayOfArrays(inputs), cv::OutputArrayOfArrays(outputs),
                cv::OutputArrayOfArrays(scratch));
}

cv::Mat convolved(const Convolution& convolution, const cv::Mat& from) {
  cv::Mat to = new_features(convolution.outputs(), height_of(from), width_of(from));
  convolution.run(from, to);
  return to;
}

}  // namespace burin::esrgan
