// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Parts of a picture that are worked on one by one, with enough around each.
#pragma once

#include <cstdint>
#include <vector>

namespace burin::esrgan {

/// A part of a line: [begin, end), worked on with [with_begin, with_end).
struct Span {
  int begin = 0, end = 0, with_begin = 0, with_end = 0;
};

/// Parts of a line of `length` that cover it once, as equal as can be, none worked on with more
/// than `most` and each with `margin` on both sides where the line goes on. most > 2 margin.
std::vector<Span> spans_of(int length, int most, int margin);

/// How long a part may be: `wanted`, less when memory says so, never below `least`.
/// bytes_a_square: for each 1 x 1 of a part; memory_bytes 0: no limit.
int side_for(int wanted, int least, int64_t bytes_a_square, uint64_t memory_bytes);

}  // namespace burin::esrgan
