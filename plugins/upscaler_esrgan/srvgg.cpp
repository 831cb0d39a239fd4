// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The chain gives what is to be added to the picture with its pixels repeated.
#include "srvgg.hpp"

#include "features.hpp"

namespace burin::esrgan {

Extent extent_of(const Srvgg& network) {
  const int64_t width = network.layers.front().outputs(), last = network.layers.back().outputs();
  return {network.factor, 1, static_cast<int>(network.layers.size()),
          static_cast<int64_t>(sizeof(float)) * (2 * width + 4 * last)};
}

cv::Mat enlarged(const Srvgg& network, const cv::Mat& rgb, const cv::Rect& core,
                 const std::function<void(double)>& after_step) {
  const auto steps = static_cast<double>(network.layers.size());
  cv::Mat features = rgb;
  double done = 0;
  for (const Convolution& layer : network.layers) {
    features = convolved(layer, features);
    after_step(++done / steps);
  }
  cv::Mat result = channels_to_space(cropped(features, core), network.factor);
  cv::add(result, repeated(cropped(rgb, core), network.factor), result);
  return result;
}

}  // namespace burin::esrgan
