// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What tensors are, in words for sentences.
#include "weights/tensor_text.hpp"

#include <ATen/ATen.h>

#include "runtime/compose.hpp"

namespace burin::core {

std::string shape_text(at::IntArrayRef shape, std::string_view between) {
  std::string text;
  for (const std::int64_t size : shape) text += compose("{}{}", text.empty() ? "" : between, size);
  return "[" + text + "]";
}

std::string tensor_text(const at::Tensor& tensor) {
  if (!tensor.defined()) return "nothing";
  return compose("{} {} on {}", c10::toString(tensor.scalar_type()),
                 shape_text(tensor.sizes(), ", "), tensor.device().str());
}

}  // namespace burin::core
