// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Frames and 3 x 5 digits, scaled up; no font is needed.
#include "shared/preview.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "shared/pixel_value.hpp"

namespace burin::host {

namespace {

struct Rect {
  std::int64_t x1, y1, x2, y2;
};

using Colour = std::array<float, 3>;
constexpr Colour frame_colour = {1.0f, 0.75f, 0.1f}, plate_colour = {0.05f, 0.05f, 0.05f};

// One bit a cell, row by row from the top left.
constexpr std::array<std::uint16_t, 10> digits = {
    0b111101101101111, 0b010110010010111, 0b111001111100111, 0b111001111001111, 0b101101111001001,
    0b111100111001111, 0b111100111101111, 0b111001001001001, 0b111101111101111, 0b111101111001111};

void fill(sdk::PixelBuffer& pixels, Rect rect, const Colour& colour) {
  const bool has_alpha = pixels.channels % 2 == 0;
  const std::int64_t colours = pixels.channels - (has_alpha ? 1 : 0);
  const auto value_bytes = static_cast<std::int64_t>(sdk::bytes_of(pixels.type));
  for (std::int64_t y = std::max<std::int64_t>(0, rect.y1); y < std::min(rect.y2, pixels.height);
       ++y) {
    for (std::int64_t x = std::max<std::int64_t>(0, rect.x1); x < std::min(rect.x2, pixels.width);
         ++x) {
      std::byte* at = pixels.bytes.data() + (y * pixels.width + x) * pixels.channels * value_bytes;
      for (std::int64_t c = 0; c < colours; ++c) {
        store_value(colour[static_cast<size_t>(c)], at + c * value_bytes, pixels.type);
      }
      if (has_alpha) store_value(1.0f, at + colours * value_bytes, pixels.type);
    }
  }
}

void draw_number(sdk::PixelBuffer& pixels, const std::string& number, std::int64_t x,
                 std::int64_t y, std::int64_t cell) {
  const auto width = static_cast<std::int64_t>(number.size()) * 4 + 1;
  fill(pixels, {x, y, x + width * cell, y + 7 * cell}, plate_colour);
  for (size_t i = 0; i < number.size(); ++i) {
    const std::uint16_t shape = digits[static_cast<size_t>(number[i] - '0')];
    for (int bit = 0; bit < 15; ++bit) {
      if (!(shape >> (14 - bit) & 1)) continue;
      const std::int64_t left = x + (static_cast<std::int64_t>(i) * 4 + 1 + bit % 3) * cell;
      const std::int64_t top = y + (1 + bit / 3) * cell;
      fill(pixels, {left, top, left + cell, top + cell}, frame_colour);
    }
  }
}

}  // namespace

void draw_boxes(sdk::PixelBuffer& pixels, const std::vector<NumberedBox>& boxes) {
  const std::int64_t line = std::max<std::int64_t>(1, std::max(pixels.width, pixels.height) / 500);
  for (const auto& [id, box] : boxes) {
    const Rect r = {std::llround(box[0]), std::llround(box[1]), std::llround(box[2]),
                    std::llround(box[3])};
    fill(pixels, {r.x1 - line, r.y1 - line, r.x2 + line, r.y1}, frame_colour);
    fill(pixels, {r.x1 - line, r.y2, r.x2 + line, r.y2 + line}, frame_colour);
    fill(pixels, {r.x1 - line, r.y1, r.x1, r.y2}, frame_colour);
    fill(pixels, {r.x2, r.y1, r.x2 + line, r.y2}, frame_colour);
  }
  for (const auto& [id, box] : boxes) {
    const std::int64_t cell = 2 * line;
    const std::int64_t above = std::llround(box[1]) - line - 7 * cell;
    draw_number(pixels, std::to_string(id), std::llround(box[0]) - line,
                std::max<std::int64_t>(0, above), cell);
  }
}

}  // namespace burin::host
