// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The ICC profile that tells the engine what a picture's numbers mean.
#pragma once

#include <cstdint>
#include <vector>

#include "shared/image_file.hpp"

namespace burin::host {

/// The file's own profile; for linear pictures without one, a profile with a straight curve and the
/// file's primaries (OpenEXR's chromaticities, else Rec. 709). Empty: sRGB. Throws sdk::Error
/// (INTERNAL) when lcms2 cannot make it.
std::vector<std::uint8_t> engine_profile(const ImageFile& image);

}  // namespace burin::host
