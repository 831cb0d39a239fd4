// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Only partly transparent pixels are looked at: the others are the same either way.
#include "shared/associated_alpha.hpp"

#include <algorithm>
#include <cstring>

#include "shared/pixel_value.hpp"

namespace burin::host {

AssociatedAlpha make_straight(sdk::PixelBuffer& pixels) {
  AssociatedAlpha kept;
  const size_t value_bytes = sdk::bytes_of(pixels.type);
  const auto colours = static_cast<size_t>(pixels.channels - 1);
  const size_t pixel_bytes = value_bytes * (colours + 1);
  std::byte* at = pixels.bytes.data();
  for (std::int64_t i = 0; i < pixels.width * pixels.height; ++i, at += pixel_bytes) {
    const float alpha = load_value(at + colours * value_bytes, pixels.type);
    if (!(alpha > 0.0f && alpha < 1.0f)) continue;
    AssociatedAlpha::Pixel pixel;
    pixel.index = i;
    std::memcpy(pixel.stored.data(), at, pixel_bytes);
    for (size_t c = 0; c < colours; ++c) {
      std::byte* value = at + c * value_bytes;
      store_value(load_value(value, pixels.type) / alpha, value, pixels.type);
    }
    std::memcpy(pixel.straight.data(), at, pixel_bytes);
    kept.pixels.push_back(pixel);
  }
  return kept;
}

void make_associated(const AssociatedAlpha& alpha, const sdk::PixelBuffer& pixels, std::int64_t y,
                     std::int64_t count, std::byte* rows) {
  const size_t value_bytes = sdk::bytes_of(pixels.type);
  const auto colours = static_cast<size_t>(pixels.channels - 1);
  const size_t pixel_bytes = value_bytes * (colours + 1);
  const std::int64_t first = y * pixels.width, end = (y + count) * pixels.width;
  auto pixel = std::lower_bound(
      alpha.pixels.begin(), alpha.pixels.end(), first,
      [](const AssociatedAlpha::Pixel& p, std::int64_t index) { return p.index < index; });
  for (; pixel != alpha.pixels.end() && pixel->index < end; ++pixel) {
    std::byte* at = rows + static_cast<size_t>(pixel->index - first) * pixel_bytes;
    if (std::memcmp(at, pixel->straight.data(), pixel_bytes) == 0) {
      std::memcpy(at, pixel->stored.data(), pixel_bytes);
      continue;
    }
    const float covered = load_value(at + colours * value_bytes, pixels.type);
    for (size_t c = 0; c < colours; ++c) {
      std::byte* value = at + c * value_bytes;
      store_value(load_value(value, pixels.type) * covered, value, pixels.type);
    }
  }
}

}  // namespace burin::host
