// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The compact network of Real-ESRGAN: a chain of convolutions at the size of the picture.
#pragma once

#include <functional>
#include <opencv2/core.hpp>
#include <vector>

#include "convolution.hpp"
#include "extent.hpp"

namespace burin::esrgan {

struct Srvgg {
  int factor = 1;
  std::vector<Convolution> layers;  ///< the last one makes 3 factor^2 channels
};

Extent extent_of(const Srvgg& network);

/// As enlarged(const Rrdb&, ...).
cv::Mat enlarged(const Srvgg& network, const cv::Mat& rgb, const cv::Rect& core,
                 const std::function<void(double)>& after_step);

}  // namespace burin::esrgan
