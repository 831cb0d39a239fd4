// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A cache grows at first and then rests; a leak grows by something in every round.
#include "leak.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace burin::check {
namespace {

// More than the seven blocks that the allocator keeps of each size for a thread.
constexpr int looked_at = 16;

std::size_t heap_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace

std::string leak_of(const std::function<void()>& once, int rounds) {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (int round = 0; round < rounds; ++round) {
    const std::size_t before = heap_bytes();
    once();
    const auto grown = static_cast<std::int64_t>(heap_bytes() - before);
    if (round >= rounds - looked_at) least = std::min(least, grown);
  }
  return least > 0 ? "at least " + std::to_string(least) + " bytes" : "";
}

}  // namespace burin::check
