// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Weights made by formula from their own names.
#include "support/formula.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <map>

namespace burin::test {
namespace {

std::uint32_t fnv1a(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

at::Tensor as_tensor(const std::vector<double>& values, at::IntArrayRef shape) {
  at::Tensor t = at::empty(shape, at::kFloat);
  float* out = t.mutable_data_ptr<float>();
  for (const double v : values) *out++ = static_cast<float>(v);
  return t;
}

}  // namespace

std::vector<double> formula_stream(std::string_view name, std::size_t count) {
  std::vector<double> values(count);
  std::uint32_t state = fnv1a(name);
  for (double& v : values) {
    state = state * 1664525U + 1013904223U;
    v = 2 * (static_cast<double>(state >> 8) / 16777216.0) - 1;
  }
  return values;
}

at::Tensor formula_input(const std::string& name, at::IntArrayRef shape) {
  return as_tensor(formula_stream(name, static_cast<std::size_t>(c10::multiply_integers(shape))),
                   shape);
}

at::Tensor formula_weight(const std::string& name, at::IntArrayRef shape) {
  const std::int64_t count = c10::multiply_integers(shape);
  std::vector<double> values = formula_stream(name, static_cast<std::size_t>(count));
  const double gain =
      shape.size() >= 2 ? 1 / std::sqrt(static_cast<double>(count / shape[0])) : 0.1;
  for (double& v : values) v *= gain;
  at::Tensor t = as_tensor(values, shape);
  return shape.size() < 2 && name.ends_with(".weight") ? t + 1 : t;
}

burin::core::TensorSource formula_source(
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes) {
  burin::core::TensorSource source;
  source.get = formula_weight;
  source.shape =
      [known = std::map<std::string, std::vector<std::int64_t>>(shapes.begin(), shapes.end())](
          const std::string& key) -> std::optional<std::vector<std::int64_t>> {
    const auto found = known.find(key);
    if (found == known.end()) return std::nullopt;
    return found->second;
  };
  return source;
}

}  // namespace burin::test
