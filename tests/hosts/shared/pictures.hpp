// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Made-up pictures for the tests of the hosts.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <utility>

#include "shared/image_file.hpp"

namespace burin::test {

/// Random values over the whole range of the type; floats and halves in -0.5 .. 2.
inline sdk::PixelBuffer noise(std::int64_t width, std::int64_t height, std::int64_t channels,
                              sdk::PixelType type) {
  sdk::PixelBuffer pixels;
  pixels.type = type;
  pixels.width = width;
  pixels.height = height;
  pixels.channels = channels;
  const auto count = static_cast<size_t>(width * height * channels);
  pixels.bytes.resize(count * sdk::bytes_of(type));
  std::mt19937 random(7);
  if (type == sdk::PixelType::f32) {
    for (size_t i = 0; i < count; ++i) {
      const float value = static_cast<float>(random() % 2501) / 1000.0f - 0.5f;
      std::memcpy(pixels.bytes.data() + 4 * i, &value, 4);
    }
  } else if (type == sdk::PixelType::f16) {
    for (size_t i = 0; i < count; ++i) {
      const auto value = static_cast<std::uint16_t>(0x3000 + random() % 0x1000);
      std::memcpy(pixels.bytes.data() + 2 * i, &value, 2);
    }
  } else {
    for (auto& byte : pixels.bytes) byte = static_cast<std::byte>(random());
  }
  return pixels;
}

inline host::ImageFile picture(sdk::PixelBuffer pixels, host::FileFormat format) {
  host::ImageFile image;
  image.pixels = std::move(pixels);
  image.format = format;
  image.linear = format == host::FileFormat::exr;
  return image;
}

}  // namespace burin::test
