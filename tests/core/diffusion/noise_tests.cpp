// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Noise against PyTorch's and torchsde's numbers.
#include "diffusion/noise.hpp"

#include <ATen/Version.h>

#include <limits>

#include "tensor_checks.hpp"

using namespace burin::core;
using namespace burin::core::testing;

namespace {

constexpr double low = 0.0291671771556139, high = 14.614643096923828;
const std::vector<std::int64_t> small{4, 8, 8};

// The recorded numbers, printed with eight decimals, come from PyTorch's code without vector
// instructions. With them its logarithms and cosines differ in the last bits: 3.5e-7 at most was
// seen with AVX2.
double tolerance() { return at::get_cpu_capability() == "DEFAULT" ? 1e-8 : 1e-6; }

void check_first_values(const at::Tensor& tensor, const std::vector<float>& expected) {
  const auto count = static_cast<std::int64_t>(expected.size());
  BOOST_TEST(largest_difference(tensor.flatten().narrow(0, 0, count), tensor_from(expected)) <=
             tolerance());
}

BrownianNoise brownian(std::vector<std::uint64_t> seeds) {
  return BrownianNoise(std::move(seeds), small, low, high, at::kCPU);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(noise)

BOOST_AUTO_TEST_CASE(initial_noise_is_torch_randn) {
  const std::vector<std::int64_t> shape{4, 64, 64};
  const at::Tensor drawn = initial_noise(0, shape);
  BOOST_TEST((drawn.sizes() == at::IntArrayRef{1, 4, 64, 64}));
  check_first_values(drawn, {-1.12583983F, -1.15236020F, -0.25057858F});
  check_first_values(initial_noise(42, shape), {1.92691505F, 1.48728418F, 0.90071720F});
}

BOOST_AUTO_TEST_CASE(any_64_bit_seed_is_taken) {
  const at::Tensor drawn = initial_noise(std::numeric_limits<std::uint64_t>::max(), small);
  BOOST_TEST(drawn.isfinite().all().item<bool>());
  BOOST_TEST(largest_difference(drawn, initial_noise(0, small)) > 0.1);
}

BOOST_AUTO_TEST_CASE(a_side_of_nothing_is_refused) {
  check_refused(BURIN_E_INVALID, "a side of 0", [] { initial_noise(1, {4, 0, 8}); });
  check_refused(BURIN_E_INVALID, "a side of -3", [] { StepNoise({1}, {4, -3, 8}, at::kCPU); });
  check_refused(BURIN_E_INVALID, "a side of 0", [] {
    BrownianNoise({1}, {0, 3, 8}, low, high, at::kCPU);
  });
}

BOOST_AUTO_TEST_CASE(no_seeds_are_refused) {
  check_refused(BURIN_E_INVALID, "no seeds", [] { StepNoise({}, small, at::kCPU); });
  check_refused(BURIN_E_INVALID, "no seeds", [] { brownian({}); });
}

BOOST_AUTO_TEST_CASE(the_first_step_noise_is_the_initial_noise) {
  StepNoise noise({42}, small, at::kCPU);
  BOOST_TEST(noise.draw().equal(initial_noise(42, small)));
  BOOST_TEST(largest_difference(noise.draw(), initial_noise(42, small)) > 0.1);
}

BOOST_AUTO_TEST_CASE(step_noise_may_follow_the_initial_noise) {
  StepNoise fresh({42, 5}, small, at::kCPU);
  StepNoise later({42, 5}, small, at::kCPU, StepNoiseStart::after_initial_noise);
  fresh.draw();
  for (int draw = 0; draw < 2; ++draw) BOOST_TEST(later.draw().equal(fresh.draw()));
}

BOOST_AUTO_TEST_CASE(step_noise_of_a_batch_is_that_of_its_items) {
  const std::vector<std::int64_t> odd{4, 9, 9};
  StepNoise both({3, 9}, odd, at::kCPU), first({3}, odd, at::kCPU), second({9}, odd, at::kCPU);
  for (int draw = 0; draw < 3; ++draw)
    BOOST_TEST(both.draw().equal(at::cat({first.draw(), second.draw()})));
}

BOOST_AUTO_TEST_CASE(brownian_noise_is_torchsdes) {
  BrownianNoise noise = brownian({42});
  const at::Tensor drawn = noise.draw(high, 7.9029340744018555);
  BOOST_TEST((drawn.sizes() == at::IntArrayRef{1, 4, 8, 8}));
  check_first_values(drawn, {-1.08701336F, 0.34029928F, 0.62331206F, 0.59249890F});
  check_first_values(noise.draw(7.9029340744018555, 4.027738571166992),
                     {-0.12957194F, -0.85967475F, -0.10806815F, 1.27833009F});
  check_first_values(noise.draw(0.10719844698905945, low),
                     {0.41086230F, -0.18974774F, 0.56904715F, 1.77172101F});
}

BOOST_AUTO_TEST_CASE(brownian_noise_does_not_depend_on_earlier_queries) {
  BrownianNoise fresh = brownian({42}), used = brownian({42});
  used.draw(high, 9);
  used.draw(9, 5);
  used.draw(3, 0.5);
  BOOST_TEST(used.draw(7, 4).equal(fresh.draw(7, 4)));
}

BOOST_AUTO_TEST_CASE(increments_add_up) {
  BrownianNoise noise = brownian({7});
  const auto increment = [&](double from, double to) {
    return noise.draw(from, to) * std::sqrt(from - to);
  };
  const at::Tensor parts = increment(10, 6.5) + increment(6.5, 1.25);
  BOOST_TEST(largest_difference(parts, increment(10, 1.25)) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_rising_query_has_the_other_sign) {
  BrownianNoise noise = brownian({7});
  BOOST_TEST(noise.draw(2, 5).equal(-noise.draw(5, 2)));
}

BOOST_AUTO_TEST_CASE(brownian_noise_is_standard_normal) {
  BrownianNoise noise({5}, {16, 32, 32}, low, high, at::kCPU);
  for (const double from : {14.0, 3.0, 0.2}) {
    const at::Tensor drawn = noise.draw(from, from * 0.7);
    BOOST_TEST(std::abs(drawn.mean().item<double>()) < 0.04);  // 5 / sqrt(16384)
    BOOST_TEST(std::abs(drawn.std().item<double>() - 1) < 0.03);
  }
}

BOOST_AUTO_TEST_CASE(brownian_noise_of_a_batch_is_that_of_its_items) {
  BrownianNoise both = brownian({3, 9}), first = brownian({3}), second = brownian({9});
  for (const double from : {12.0, 4.0, 0.3})
    BOOST_TEST(both.draw(from, from / 2)
                   .equal(at::cat({first.draw(from, from / 2), second.draw(from, from / 2)})));
}

BOOST_AUTO_TEST_CASE(queries_outside_the_range_are_clamped) {
  BrownianNoise noise = brownian({7});
  BOOST_TEST((noise.draw(30, 20) == 0).all().item<bool>());
  const at::Tensor inside = noise.draw(high, 2) * std::sqrt(static_cast<float>(high) - 2);
  BOOST_TEST(largest_difference(noise.draw(20, 2) * std::sqrt(18.0), inside) < 1e-5);
}

BOOST_AUTO_TEST_CASE(impossible_queries_and_ranges_are_refused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  check_refused(BURIN_E_INVALID, "two different", [] { brownian({7}).draw(2, 2); });
  check_refused(BURIN_E_INVALID, "finite", [&] { brownian({7}).draw(nan, 2); });
  check_refused(BURIN_E_INVALID, "not empty", [] { BrownianNoise({7}, small, 3, 3, at::kCPU); });
  check_refused(BURIN_E_INVALID, "not empty", [] { BrownianNoise({7}, small, 5, 3, at::kCPU); });
  check_refused(BURIN_E_INVALID, "not empty", [&] { BrownianNoise({7}, small, 0, nan, at::kCPU); });
}

BOOST_AUTO_TEST_SUITE_END()
