// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pictures across the ABI: DLTensor and burin_image to the core's views, and back.
#pragma once

#include <dlpack/dlpack.h>

#include <array>
#include <memory>
#include <opencv2/core.hpp>

#include "burin/role/engine.h"
#include "imaging/image.hpp"

namespace burin::core {

// A view of `pixels`, checked against the contract of burin_image. Throws Error{BURIN_E_IMAGE} with
// what came and what was expected.
ImageView view_of(const DLTensor& pixels);
// The same with the profile.
ImageView view_of(const burin_image& image);

// A mask picture as CV_32F 0..1: grey, or the luma of RGB, times alpha where there is one.
cv::Mat mask_of(const DLTensor& pixels);

// Gives back a struct with a release(self) that a module or the host filled.
struct GiveBack {
  template <class Filled>
  void operator()(Filled* filled) const {
    if (filled->release) filled->release(filled);
  }
};
template <class Filled>
using Taken = std::unique_ptr<Filled, GiveBack>;

// uint8 RGB for detectors. Documents that already are that are viewed, not copied; `storage` keeps
// a copy where one is needed.
class RgbTensor {
 public:
  explicit RgbTensor(const ImageView& image);
  const DLTensor& tensor() const { return tensor_; }

 private:
  cv::Mat storage_;
  std::array<std::int64_t, 3> shape_{}, strides_{};
  DLTensor tensor_{};
};

// A borrowed float32 [h, w] or [h, w, c] tensor over a continuous cv::Mat.
class MatTensor {
 public:
  MatTensor() = default;
  explicit MatTensor(const cv::Mat& mat);
  const DLTensor* tensor() const { return &tensor_; }
  MatTensor(const MatTensor& other) : MatTensor(other.mat_) {}
  MatTensor& operator=(const MatTensor&) = delete;

 private:
  cv::Mat mat_;
  std::array<std::int64_t, 3> shape_{};
  DLTensor tensor_{};
};

}  // namespace burin::core
