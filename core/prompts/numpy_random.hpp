// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// NumPy's default generator as far as wildcards draw from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace burin::core {

// numpy.random.default_rng(seed): PCG64, that is PCG XSL-RR 128/64 (O'Neill 2014) seeded through
// SeedSequence. Every draw is the one NumPy 1.26 makes. One thread at a time.
class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint64_t seed);

  std::uint64_t next64();
  // random(): 0 <= x < 1, a multiple of 2^-53.
  double uniform();
  // integers(0, limit), limit from 1: Lemire's bounded draw from 32-bit halves. 1 draws nothing.
  std::uint32_t below(std::uint32_t limit);
  // choice(len(weights), size=count, replace=False, p=weights / sum): indices in the order drawn.
  // At least `count` of the weights are above 0, none is below.
  std::vector<std::size_t> choose(const std::vector<double>& weights, std::size_t count);

  // shuffle(list)
  template <class Value>
  void shuffle(std::vector<Value>& values) {
    for (std::size_t i = values.size(); i-- > 1;)
      std::swap(values[i], values[up_to(static_cast<std::uint32_t>(i))]);
  }

 private:
  __extension__ using Wide = unsigned __int128;
  std::uint32_t next32();
  // 0..most: masked bits, drawn again while they are above.
  std::uint32_t up_to(std::uint32_t most);

  Wide state_, increment_;
  std::optional<std::uint32_t> upper_half_;  // of the last 64 bits that next32 took
};

}  // namespace burin::core
