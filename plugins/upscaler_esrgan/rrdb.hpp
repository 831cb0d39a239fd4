// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The network of ESRGAN (Wang et al. 2018): residual in residual dense blocks.
#pragma once

#include <array>
#include <functional>
#include <opencv2/core.hpp>
#include <vector>

#include "convolution.hpp"
#include "extent.hpp"

namespace burin::esrgan {

/// Five convolutions, each of which sees the input and what those before it made.
using DenseBlock = std::array<Convolution, 5>;

struct Rrdb {
  int shuffle = 1;  ///< pixels of the picture a side of one feature
  Convolution first, trunk, high, last;
  std::vector<std::array<DenseBlock, 3>> blocks;
  std::vector<Convolution> ups;  ///< each after a doubling
};

Extent extent_of(const Rrdb& network);

/// rgb: features of 3 channels, 0..1, height and width multiples of extent_of().unit. Returns 3
/// channels of the part `core`, which is in units, factor times as large. after_step: called
/// after each convolution with the share of the work that is done; what it throws comes out.
cv::Mat enlarged(const Rrdb& network, const cv::Mat& rgb, const cv::Rect& core,
                 const std::function<void(double)>& after_step);

}  // namespace burin::esrgan
