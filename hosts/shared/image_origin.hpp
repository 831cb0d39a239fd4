// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a file said beyond its pixels, kept to write the same kind of file again.
#pragma once

#include <OpenImageIO/imageio.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "shared/associated_alpha.hpp"

namespace burin::host {

struct JpegOrigin {
  struct Marker {
    int code = 0;  ///< 0xFF?? low byte
    std::vector<std::uint8_t> bytes;
  };
  struct Component {
    int horizontal = 1, vertical = 1, table = 0;
  };
  std::vector<Marker> markers;  ///< APPn and comments in order, less EXIF, XMP, ICC, JFIF and Adobe
  std::array<std::optional<std::array<std::uint16_t, 64>>, 4> tables;
  std::vector<Component> components;
  bool progressive = false;
  bool stored_as_rgb = false;  ///< without the usual change to YCbCr
  int density_unit = 0, density_x = 1, density_y = 1;
};

struct PngOrigin {
  std::vector<std::uint8_t>
      chunks;  ///< ancillary chunks, whole, less those that describe the pixel layout, ICC and EXIF
};

struct WebpOrigin {
  bool lossless = true;
};

/// TIFF and OpenEXR.
struct SpecOrigin {
  OIIO::ImageSpec spec;
  std::optional<AssociatedAlpha> alpha;  ///< set where the file's colours were premultiplied
};

/// At most one is set.
struct Origin {
  std::optional<JpegOrigin> jpeg;
  std::optional<PngOrigin> png;
  std::optional<WebpOrigin> webp;
  std::optional<SpecOrigin> spec;
};

}  // namespace burin::host
