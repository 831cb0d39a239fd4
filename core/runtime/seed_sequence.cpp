// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// NumPy's SeedSequence: entropy hashed into a pool, the pool hashed into seeds.
#include "runtime/seed_sequence.hpp"

#include <algorithm>

namespace burin::core {
namespace {

void append_words(std::vector<std::uint32_t>& words, std::uint64_t value) {
  do {
    words.push_back(static_cast<std::uint32_t>(value));
    value >>= 32;
  } while (value != 0);
}

struct Hash {
  std::uint32_t constant;
  std::uint32_t multiplier;

  std::uint32_t operator()(std::uint32_t value) {
    value ^= constant;
    constant *= multiplier;
    value *= constant;
    return value ^ (value >> 16);
  }
};

std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
  const std::uint32_t mixed = 0xca01f9ddU * x - 0x4973f715U * y;
  return mixed ^ (mixed >> 16);
}

}  // namespace

std::vector<std::uint32_t> seed_sequence_state(std::uint64_t entropy,
                                               std::span<const std::uint64_t> spawn_key, int count,
                                               std::size_t pool_size) {
  std::vector<std::uint32_t> words;
  append_words(words, entropy);
  words.resize(std::max(words.size(), pool_size), 0);
  for (const std::uint64_t key : spawn_key) append_words(words, key);

  Hash absorb{0x43b0d7e5U, 0x931e8875U};
  std::vector<std::uint32_t> pool(pool_size);
  for (std::size_t i = 0; i < pool_size; ++i) pool[i] = absorb(words[i]);
  for (std::size_t from = 0; from < pool_size; ++from)
    for (std::size_t to = 0; to < pool_size; ++to)
      if (to != from) pool[to] = mix(pool[to], absorb(pool[from]));
  for (std::size_t rest = pool_size; rest < words.size(); ++rest)
    for (std::uint32_t& slot : pool) slot = mix(slot, absorb(words[rest]));

  Hash emit{0x8b51f9ddU, 0x58f38dedU};
  std::vector<std::uint32_t> state(static_cast<std::size_t>(std::max(count, 0)));
  for (std::size_t i = 0; i < state.size(); ++i) state[i] = emit(pool[i % pool_size]);
  return state;
}

}  // namespace burin::core
