// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Between OpenCV's interleaved floats and planar tensors.
#pragma once

#include <ATen/core/Tensor.h>
#include <dlpack/dlpack.h>

#include <opencv2/core.hpp>

namespace burin::core {

// CV_32FC(n) -> float32 [1, n, h, w], copied.
at::Tensor to_tensor(const cv::Mat& image);
// float32 [1, n, h, w] or [h, w], any device -> CV_32FC(n), copied.
cv::Mat to_mat(const at::Tensor& tensor);

// A contiguous float32 tensor on the CPU as modules are lent it; borrows memory and shape.
DLTensor lent_tensor(const at::Tensor& tensor);

}  // namespace burin::core
