// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Noise: the reference's random numbers, one generator an item of the batch.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace burin::core {

// Standard normal float32 [1, item_shape...] on the CPU, from a Mersenne generator seeded with all
// 64 bits of `seed`. Bit-equal to torch.manual_seed(seed); torch.randn([1, ...]).
// Error{BURIN_E_INVALID}: a size below 1.
at::Tensor initial_noise(std::uint64_t seed, at::IntArrayRef item_shape);

// Where the step noise's generators start. The recorded reference (October 2024) draws it from the
// generator that has just drawn the initial noise; releases from the end of 2024 on seed a fresh
// one with the same seed, so that the first step noise equals the initial noise.
enum class StepNoiseStart { at_the_seed, after_initial_noise };

// The step noise of stochastic samplers for a batch: item k comes from its own generator seeded
// with seeds[k], so a batch gives what its items alone give. Generators live on the CPU whatever
// the device. Not for use by two threads at once.
class StepNoise {
 public:
  // Error{BURIN_E_INVALID}: no seeds, or a size below 1.
  StepNoise(const std::vector<std::uint64_t>& seeds, at::IntArrayRef item_shape, at::Device device,
            StepNoiseStart start = StepNoiseStart::at_the_seed);
  ~StepNoise();
  // The next numbers of every item: float32 [N, item_shape...] on `device`.
  at::Tensor draw();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Brownian noise over an interval of sigma: a dyadic tree split exactly at midpoints (Li et al.
// 2020, "Scalable Gradients for Stochastic Differential Equations"), nodes seeded by
// seed_sequence_state. Bit-equal to torchsde's BrownianTree as k-diffusion uses it. Item k uses
// seeds[k]. What is drawn depends on the query alone, not on earlier ones; memory is bounded by
// the two paths of the last query. Not for use by two threads at once.
class BrownianNoise {
 public:
  // range_min < range_max: the interval of the tree, float32 values. Error{BURIN_E_INVALID}: no
  // seeds, a size below 1, or an empty or infinite range.
  BrownianNoise(std::vector<std::uint64_t> seeds, at::IntArrayRef item_shape, double range_min,
                double range_max, at::Device device);
  ~BrownianNoise();
  // The increment from sigma to sigma_next over sqrt |sigma_next - sigma|: float32
  // [N, item_shape...] on `device`, standard normal, independent for disjoint intervals. Queries
  // are clamped to the range. Error{BURIN_E_INVALID}: sigma equals sigma_next or is not finite.
  at::Tensor draw(double sigma, double sigma_next);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace burin::core
