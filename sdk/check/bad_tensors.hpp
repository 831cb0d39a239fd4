// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Tensors that a role's header does not allow.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "role.hpp"
#include "test_tensor.hpp"

namespace burin::check {

struct BadTensor {
  std::string what;                  ///< "'rgb' of 2 dimensions"
  std::optional<TestTensor> memory;  ///< none: the pointer is NULL

  DLTensor* tensor() { return memory ? memory->dl() : nullptr; }
};

/// NULL; too few and too many dimensions; another number of channels; other types; a device.
std::vector<BadTensor> bad_tensors(const Input& input, std::int64_t height, std::int64_t width);

}  // namespace burin::check
