// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Numbers that depend on the seed alone, on every machine (splitmix64 of Steele, Lea, Flood 2014).
#pragma once

#include <cstdint>

namespace burin::check {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  /// least <= result <= most
  std::int64_t whole(std::int64_t least, std::int64_t most) {
    const auto span = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least) + 1;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(least) +
                                     (span == 0 ? next() : next() % span));
  }
  /// 0 <= result < 1
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  bool chance(double probability) { return unit() < probability; }

 private:
  std::uint64_t state_;
};

}  // namespace burin::check
