// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The element types of safetensors files as those of tensors, and back.
#include "weights/stored_dtype.hpp"

#include <array>
#include <utility>

namespace burin::core {
namespace {

constexpr std::array<std::pair<StoredType, at::ScalarType>, 12> kTypes{{
    {StoredType::f64, at::kDouble},
    {StoredType::f32, at::kFloat},
    {StoredType::f16, at::kHalf},
    {StoredType::bf16, at::kBFloat16},
    {StoredType::f8_e4m3, at::kFloat8_e4m3fn},
    {StoredType::f8_e5m2, at::kFloat8_e5m2},
    {StoredType::i64, at::kLong},
    {StoredType::i32, at::kInt},
    {StoredType::i16, at::kShort},
    {StoredType::i8, at::kChar},
    {StoredType::u8, at::kByte},
    {StoredType::boolean, at::kBool},
}};

}  // namespace

at::ScalarType scalar_type(StoredType type) {
  for (const auto& [stored, scalar] : kTypes)
    if (stored == type) return scalar;
  return at::ScalarType::Undefined;
}

std::optional<StoredType> stored_type(at::ScalarType type) {
  for (const auto& [stored, scalar] : kTypes)
    if (scalar == type) return stored;
  return std::nullopt;
}

}  // namespace burin::core
