// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Arithmetic of tiles.
#include "tiles.hpp"

#include <algorithm>
#include <cmath>

namespace burin::esrgan {

std::vector<Span> spans_of(int length, int most, int margin) {
  if (length <= most) return {{0, length, 0, length}};
  const int core = most - 2 * margin;
  const int count = (length + core - 1) / core;
  std::vector<Span> spans;
  for (int i = 0; i < count; ++i) {
    const auto edge = [&](int at) {
      return static_cast<int>(static_cast<int64_t>(length) * at / count);
    };
    const int begin = edge(i), end = edge(i + 1);
    spans.push_back({begin, end, std::max(0, begin - margin), std::min(length, end + margin)});
  }
  return spans;
}

int side_for(int wanted, int least, int64_t bytes_a_square, uint64_t memory_bytes) {
  int side = std::max(wanted, least);
  if (memory_bytes != 0) {
    const double squares = static_cast<double>(memory_bytes) / static_cast<double>(bytes_a_square);
    side = static_cast<int>(std::clamp<double>(std::sqrt(squares), least, side));
  }
  return side;
}

}  // namespace burin::esrgan
