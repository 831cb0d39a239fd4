// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The one EXIF field that changes how pixels are laid out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace burin::host {

/// The Orientation (1..8) of an EXIF block: a TIFF structure from its "II" or "MM" on. Nothing when
/// it has none or is malformed.
std::optional<int> exif_orientation(std::span<const std::uint8_t> exif);

/// Sets Orientation to `value` where the block has that field.
void set_exif_orientation(std::span<std::uint8_t> exif, int value);

}  // namespace burin::host
