// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// MT19937 and the draws Python makes from it.
#include "prompts/python_random.hpp"

#include <algorithm>
#include <bit>

namespace burin::core {

PythonRandom::PythonRandom(std::uint64_t seed) {
  const std::size_t size = state_.size();
  state_[0] = 19650218;
  const auto spread = [&](std::size_t i) { return state_[i - 1] ^ state_[i - 1] >> 30; };
  for (std::size_t i = 1; i < size; ++i)
    state_[i] = 1812433253U * spread(i) + static_cast<std::uint32_t>(i);

  std::vector<std::uint32_t> key{static_cast<std::uint32_t>(seed)};
  if (seed >> 32 != 0) key.push_back(static_cast<std::uint32_t>(seed >> 32));
  std::size_t i = 1;
  const auto advance = [&] {
    if (++i < size) return;
    state_[0] = state_[size - 1];
    i = 1;
  };
  for (std::size_t k = 0; k < size; ++k, advance()) {
    const std::size_t j = k % key.size();
    state_[i] = (state_[i] ^ spread(i) * 1664525U) + key[j] + static_cast<std::uint32_t>(j);
  }
  for (std::size_t k = 1; k < size; ++k, advance())
    state_[i] = (state_[i] ^ spread(i) * 1566083941U) - static_cast<std::uint32_t>(i);
  state_[0] = 0x80000000U;
}

std::uint32_t PythonRandom::next() {
  const std::size_t size = state_.size();
  if (at_ == size) {
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint32_t pair = (state_[i] & 0x80000000U) | (state_[(i + 1) % size] & 0x7fffffffU);
      state_[i] = state_[(i + 397) % size] ^ pair >> 1 ^ ((pair & 1U) != 0 ? 0x9908b0dfU : 0U);
    }
    at_ = 0;
  }
  std::uint32_t y = state_[at_++];
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680U;
  y ^= y << 15 & 0xefc60000U;
  return y ^ y >> 18;
}

std::uint64_t PythonRandom::bits(int count) {
  if (count <= 32) return next() >> (32 - count);
  const std::uint64_t low = next();
  return low | static_cast<std::uint64_t>(next() >> (64 - count)) << 32;
}

std::uint64_t PythonRandom::below(std::uint64_t limit) {
  const int count = std::bit_width(limit);
  std::uint64_t drawn = bits(count);
  while (drawn >= limit) drawn = bits(count);
  return drawn;
}

}  // namespace burin::core
