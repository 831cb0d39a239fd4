// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// OpenRaster (.ora): the original below, one masked layer a segment above, for GIMP, Krita and
// MyPaint.
#pragma once

#include <dlpack/dlpack.h>

#include <filesystem>
#include <string>
#include <vector>

#include "shared/image_file.hpp"

namespace burin::host {

/// One layer, borrowed.
struct RasterLayer {
  std::string name;
  int x = 0, y = 0;                  ///< of its top left pixel in the picture
  const DLTensor* pixels = nullptr;  ///< float32 [h, w, 1 or 3], the document's encoding
  const DLTensor* mask = nullptr;    ///< float32 [h, w], 0..1: becomes the layer's alpha
  std::string job;                   ///< JSON that makes this layer again
};

/// Builds an .ora in steps, so that one copy of the picture serves for the original and, changed in
/// place, for the merged image. 8-bit pictures give 8-bit layers, all others 16-bit ones; linear
/// pictures become sRGB ones. Colours carry the picture's ICC profile. Scratch files lie in a
/// hidden folder beside the target until finish or destruction. Throws sdk::Error (IO).
class OpenRaster {
 public:
  OpenRaster(const std::filesystem::path& target, const ImageFile& original);
  OpenRaster(const OpenRaster&) = delete;
  OpenRaster& operator=(const OpenRaster&) = delete;
  ~OpenRaster();

  /// Puts `layer` above those added before.
  void add(const RasterLayer& layer);

  /// merged: the flattened picture, same geometry and metadata as the original. Writes the file,
  /// complete or not at all.
  void finish(const ImageFile& merged);

 private:
  struct Entry {
    std::string name, source, job;
    int x, y;
  };

  std::filesystem::path target_, scratch_;
  bool eight_bit_, linear_;
  std::vector<std::uint8_t> icc_;
  std::int64_t width_, height_;
  std::vector<Entry> entries_;  // bottom first
};

}  // namespace burin::host
