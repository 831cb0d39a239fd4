// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Loads and stores the four pixel types.
#include "shared/pixel_value.hpp"

#include <OpenImageIO/half.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace burin::host {

using sdk::PixelType;

float load_value(const std::byte* from, PixelType type) {
  switch (type) {
    case PixelType::u8:
      return static_cast<float>(std::to_integer<unsigned>(*from)) / 255.0f;
    case PixelType::u16: {
      std::uint16_t value;
      std::memcpy(&value, from, sizeof value);
      return static_cast<float>(value) / 65535.0f;
    }
    case PixelType::f16: {
      half value;
      std::memcpy(&value, from, sizeof value);
      return value;
    }
    case PixelType::f32: {
      float value;
      std::memcpy(&value, from, sizeof value);
      return value;
    }
  }
  return 0;
}

void store_value(float value, std::byte* to, PixelType type) {
  const auto whole = [value](float most) {
    return std::isnan(value) ? 0.0f : std::floor(std::clamp(value, 0.0f, 1.0f) * most + 0.5f);
  };
  switch (type) {
    case PixelType::u8:
      *to = static_cast<std::byte>(whole(255.0f));
      return;
    case PixelType::u16: {
      const auto stored = static_cast<std::uint16_t>(whole(65535.0f));
      std::memcpy(to, &stored, sizeof stored);
      return;
    }
    case PixelType::f16: {
      const half stored(value);
      std::memcpy(to, &stored, sizeof stored);
      return;
    }
    case PixelType::f32:
      std::memcpy(to, &value, sizeof value);
      return;
  }
}

}  // namespace burin::host
