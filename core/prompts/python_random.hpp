// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Python's generator as far as the order of prompts draws from it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace burin::core {

// random.Random(seed) of Python 3: MT19937 (Matsumoto, Nishimura 1998) seeded by its array
// initialiser. Every draw is the one Python makes. One thread at a time.
class PythonRandom {
 public:
  explicit PythonRandom(std::uint64_t seed);

  // randrange(limit), limit from 1 to 2^63.
  std::uint64_t below(std::uint64_t limit);

  template <class Value>
  void shuffle(std::vector<Value>& values) {
    for (std::size_t i = values.size(); i-- > 1;) std::swap(values[i], values[below(i + 1)]);
  }

 private:
  std::uint32_t next();
  std::uint64_t bits(int count);

  std::array<std::uint32_t, 624> state_;
  std::size_t at_ = 624;
};

}  // namespace burin::core
