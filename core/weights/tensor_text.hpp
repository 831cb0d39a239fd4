// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What tensors are, in words for sentences.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>

namespace burin::core {

// "[4 64 64]"
std::string shape_text(at::IntArrayRef shape, std::string_view between = " ");

// "Float [4, 64, 64] on cpu"; "nothing" where the tensor is not defined.
std::string tensor_text(const at::Tensor& tensor);

}  // namespace burin::core
