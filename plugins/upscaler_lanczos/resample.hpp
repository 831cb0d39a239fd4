// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Separable Lanczos interpolation by a whole factor.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "burin/cpp/picture.hpp"

namespace burin::lanczos {

/// What one pixel of the result is made of: pixels `first`, `first` + 1, ... of the source.
struct Taps {
  int64_t first = 0;
  std::vector<double> weights;  ///< their sum is 1
};

/// The taps of all `length` * `factor` pixels of a line, by the kernel sinc(x) sinc(x / 3) with
/// |x| < 3; pixel centres lie at halves, and at the ends the weights that remain are scaled to 1.
/// Rationale: a factor of 1 or more never reduces, so the kernel is never stretched.
std::vector<Taps> taps_of(int64_t length, int64_t factor);

/// The picture `factor` times as wide and high. Sums are made in double, each pass rounds to float.
/// after_row: called after each row of the source and of the result with the share of the work that
/// is done; what it throws comes out.
sdk::FloatPicture enlarged(const sdk::FloatView& picture, int64_t factor,
                           const std::function<void(double)>& after_row);

}  // namespace burin::lanczos
