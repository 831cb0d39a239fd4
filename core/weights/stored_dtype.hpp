// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The element types of safetensors files as those of tensors, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "weights/safetensors_header.hpp"

namespace burin::core {

at::ScalarType scalar_type(StoredType type);
// nullopt: the format has no such type.
std::optional<StoredType> stored_type(at::ScalarType type);

}  // namespace burin::core
