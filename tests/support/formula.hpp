// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Weights made by formula from their own names, so that no file of numbers is needed to compare
// networks.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <vector>

#include "nets/layers.hpp"

namespace burin::test {

// `count` numbers of a 32-bit linear congruential generator (1664525, 1013904223) seeded with the
// FNV-1a hash of `name`, their upper 24 bits mapped to [-1, 1).
std::vector<double> formula_stream(std::string_view name, std::size_t count);

// formula_stream as float32 of this shape.
at::Tensor formula_input(const std::string& name, at::IntArrayRef shape);

// A parameter, float32: divided by sqrt(fan in) from two dimensions on; a vector named *.weight is
// 1 + 0.1 v, any other 0.1 v.
at::Tensor formula_weight(const std::string& name, at::IntArrayRef shape);

// formula_weight of every tensor a loader asks for. shape() knows the listed tensors only: what a
// loader infers widths from.
burin::core::TensorSource formula_source(
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes);

}  // namespace burin::test
