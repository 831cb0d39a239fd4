// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Finds tag 0x0112 in the first directory of a TIFF structure (EXIF 2.32, section 4.6).
#include "shared/exif.hpp"

#include <cstddef>

namespace burin::host {

namespace {

struct Field {
  size_t offset = 0;
  bool little = true;
};

std::uint32_t number(std::span<const std::uint8_t> bytes, size_t at, size_t count, bool little) {
  std::uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    value |= std::uint32_t{bytes[at + i]} << 8 * (little ? i : count - 1 - i);
  }
  return value;
}

std::optional<Field> find_orientation(std::span<const std::uint8_t> exif) {
  constexpr std::uint32_t orientation_tag = 0x0112, type_short = 3;
  if (exif.size() < 14) return std::nullopt;
  const bool little = exif[0] == 'I' && exif[1] == 'I';
  if (!little && !(exif[0] == 'M' && exif[1] == 'M')) return std::nullopt;
  const size_t directory = number(exif, 4, 4, little);
  if (directory > exif.size() - 2) return std::nullopt;
  const size_t entries = number(exif, directory, 2, little);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > exif.size()) return std::nullopt;
    if (number(exif, entry, 2, little) != orientation_tag) continue;
    if (number(exif, entry + 2, 2, little) != type_short) return std::nullopt;
    return Field{entry + 8, little};
  }
  return std::nullopt;
}

}  // namespace

std::optional<int> exif_orientation(std::span<const std::uint8_t> exif) {
  const auto field = find_orientation(exif);
  if (!field) return std::nullopt;
  const auto value = static_cast<int>(number(exif, field->offset, 2, field->little));
  return value >= 1 && value <= 8 ? std::optional(value) : std::nullopt;
}

void set_exif_orientation(std::span<std::uint8_t> exif, int value) {
  const auto field = find_orientation(exif);
  if (!field) return;
  exif[field->offset + (field->little ? 0 : 1)] = static_cast<std::uint8_t>(value);
  exif[field->offset + (field->little ? 1 : 0)] = 0;
}

}  // namespace burin::host
