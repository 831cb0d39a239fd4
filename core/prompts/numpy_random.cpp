// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// PCG64 and the draws NumPy makes from it.
#include "prompts/numpy_random.hpp"

#include <algorithm>
#include <bit>

#include "runtime/seed_sequence.hpp"

namespace burin::core {
namespace {

constexpr int kPoolWords = 4;

}  // namespace

NumpyRandom::NumpyRandom(std::uint64_t seed) {
  const auto words = seed_sequence_state(seed, {}, 8, kPoolWords);
  const auto wide = [&](std::size_t at) {
    const auto half = [&](std::size_t word) {
      return words[word] | static_cast<std::uint64_t>(words[word + 1]) << 32;
    };
    return static_cast<Wide>(half(at)) << 64 | half(at + 2);
  };
  increment_ = wide(4) << 1 | 1;
  state_ = increment_ + wide(0);
  next64();
}

std::uint64_t NumpyRandom::next64() {
  constexpr Wide multiplier =
      static_cast<Wide>(0x2360ED051FC65DA4) << 64 | static_cast<Wide>(0x4385DF649FCCF645);
  state_ = state_ * multiplier + increment_;
  const auto folded = static_cast<std::uint64_t>(state_ >> 64) ^ static_cast<std::uint64_t>(state_);
  const auto turn = static_cast<unsigned>(state_ >> 122);
  return folded >> turn | folded << (-turn & 63);
}

std::uint32_t NumpyRandom::next32() {
  if (upper_half_) return *std::exchange(upper_half_, std::nullopt);
  const std::uint64_t both = next64();
  upper_half_ = static_cast<std::uint32_t>(both >> 32);
  return static_cast<std::uint32_t>(both);
}

double NumpyRandom::uniform() { return static_cast<double>(next64() >> 11) * 0x1p-53; }

std::uint32_t NumpyRandom::below(std::uint32_t limit) {
  if (limit <= 1) return 0;
  std::uint64_t product = static_cast<std::uint64_t>(next32()) * limit;
  if (static_cast<std::uint32_t>(product) < limit) {
    const std::uint32_t threshold = -limit % limit;
    while (static_cast<std::uint32_t>(product) < threshold)
      product = static_cast<std::uint64_t>(next32()) * limit;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

std::uint32_t NumpyRandom::up_to(std::uint32_t most) {
  const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << std::bit_width(most)) - 1);
  std::uint32_t drawn = next32() & mask;
  while (drawn > most) drawn = next32() & mask;
  return drawn;
}

std::vector<std::size_t> NumpyRandom::choose(const std::vector<double>& weights,
                                             std::size_t count) {
  std::vector<double> left = weights;
  const double total = std::accumulate(left.begin(), left.end(), 0.0);
  for (double& weight : left) weight /= total;
  std::vector<std::size_t> chosen;
  while (chosen.size() < count) {
    std::vector<double> draws(count - chosen.size());
    for (double& draw : draws) draw = uniform();
    for (const std::size_t index : chosen) left[index] = 0;
    std::vector<double> ends(left.size());
    std::partial_sum(left.begin(), left.end(), ends.begin());
    const double last = ends.back();
    for (double& end : ends) end /= last;
    for (const double draw : draws) {
      const auto index =
          static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), draw) - ends.begin());
      if (std::find(chosen.begin(), chosen.end(), index) == chosen.end()) chosen.push_back(index);
    }
  }
  return chosen;
}

}  // namespace burin::core
