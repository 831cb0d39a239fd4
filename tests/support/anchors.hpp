// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A tensor compared with the few numbers that stand for it: its first values, its mean magnitude
// and its sum.
#pragma once

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

namespace burin::test {

struct Anchor {
  std::vector<double> first;  // of the flattened tensor
  double mean_magnitude = 0;
  double sum = 0;
};

// Checks (Boost.Test) each value and the mean magnitude within `tolerance`, the sum within
// `tolerance` for each value.
inline void check_anchor(const at::Tensor& tensor, const Anchor& anchor, double tolerance = 5e-6) {
  const at::Tensor flat = tensor.detach().to(at::kDouble).contiguous().flatten();
  BOOST_TEST_REQUIRE(flat.numel() >= static_cast<std::int64_t>(anchor.first.size()));
  for (std::size_t i = 0; i < anchor.first.size(); ++i) {
    const double value = flat[static_cast<std::int64_t>(i)].item<double>();
    BOOST_TEST(std::abs(value - anchor.first[i]) <= tolerance,
               "value " << i << " is " << value << ", expected " << anchor.first[i]);
  }
  const double mean = flat.abs().mean().item<double>(), sum = flat.sum().item<double>();
  BOOST_TEST(std::abs(mean - anchor.mean_magnitude) <= tolerance,
             "the mean magnitude is " << mean << ", expected " << anchor.mean_magnitude);
  BOOST_TEST(std::abs(sum - anchor.sum) <= tolerance * static_cast<double>(flat.numel()),
             "the sum is " << sum << ", expected " << anchor.sum);
}

}  // namespace burin::test
