// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Premultiplied pixels of a file made straight for the engine, and back without touching what the
// engine left alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "burin/cpp/tensor.hpp"

namespace burin::host {

/// The partly transparent pixels of a picture, as stored and as made straight, in order of index
/// (row * width + column).
struct AssociatedAlpha {
  struct Pixel {
    std::int64_t index = 0;
    std::array<std::byte, 16> stored = {}, straight = {};
  };
  std::vector<Pixel> pixels;
};

/// Divides the colours of every pixel with 0 < alpha < 1 by its alpha, in place. The last channel
/// is alpha.
AssociatedAlpha make_straight(sdk::PixelBuffer& pixels);

/// `rows` holds rows y .. y + count - 1 of `pixels`, straight. Pixels that are as make_straight
/// left them get their stored bytes back, others are multiplied by their alpha.
void make_associated(const AssociatedAlpha& alpha, const sdk::PixelBuffer& pixels, std::int64_t y,
                     std::int64_t count, std::byte* rows);

}  // namespace burin::host
