// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Copies between cv::Mat and at::Tensor.
#include "detail/tensor_mat.hpp"

#include <ATen/ATen.h>

namespace burin::core {

at::Tensor to_tensor(const cv::Mat& image) {
  const cv::Mat whole = image.isContinuous() ? image : image.clone();
  return at::from_blob(whole.data, {1, whole.rows, whole.cols, whole.channels()}, at::kFloat)
      .permute({0, 3, 1, 2})
      .contiguous()
      .clone();
}

cv::Mat to_mat(const at::Tensor& tensor) {
  at::Tensor plane = tensor.to(at::kCPU, at::kFloat);
  plane = plane.dim() == 2 ? plane.unsqueeze(-1) : plane.select(0, 0).permute({1, 2, 0});
  plane = plane.contiguous();
  const cv::Mat view(static_cast<int>(plane.size(0)), static_cast<int>(plane.size(1)),
                     CV_32FC(static_cast<int>(plane.size(2))), plane.data_ptr<float>());
  return view.clone();
}

DLTensor lent_tensor(const at::Tensor& tensor) {
  DLTensor dl{};
  dl.data = tensor.data_ptr();
  dl.device = {kDLCPU, 0};
  dl.ndim = static_cast<int>(tensor.dim());
  dl.dtype = {kDLFloat, 32, 1};
  dl.shape = const_cast<std::int64_t*>(tensor.sizes().data());
  return dl;
}

}  // namespace burin::core
