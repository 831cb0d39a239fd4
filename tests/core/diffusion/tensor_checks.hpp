// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Comparisons of tensors with expected numbers, for the tests of this folder.
#pragma once

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "runtime/error.hpp"

namespace burin::core::testing {

inline std::vector<float> values_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kFloat).contiguous().flatten();
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

inline at::Tensor tensor_from(const std::vector<float>& values) {
  return at::tensor(at::ArrayRef<float>(values), at::kFloat);
}

inline at::Tensor scalar(double value) { return at::scalar_tensor(value, at::kFloat); }

inline double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  BOOST_REQUIRE(a.sizes() == b.sizes());
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

// |actual - expected| <= tolerance * max(1, |expected|), element by element.
inline void check_close(const std::vector<float>& actual, const std::vector<double>& expected,
                        double tolerance) {
  BOOST_REQUIRE_EQUAL(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double error = std::abs(actual[i] - expected[i]) / std::max(1.0, std::abs(expected[i]));
    BOOST_TEST(error <= tolerance,
               "value " << i << " is " << actual[i] << ", expected " << expected[i]);
  }
}

// The call throws Error of this status with a sentence that holds `words`.
inline void check_refused(burin_status status, const std::string& words,
                          const std::function<void()>& call) {
  BOOST_CHECK_EXCEPTION(call(), Error, [&](const Error& error) {
    BOOST_TEST_MESSAGE(error.what());
    return error.status() == status && std::string(error.what()).find(words) != std::string::npos;
  });
}

}  // namespace burin::core::testing
