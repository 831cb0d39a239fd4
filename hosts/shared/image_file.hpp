// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pictures from files and back, with nothing lost that the format carries: depth, profile,
// metadata, alpha.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "burin/cpp/tensor.hpp"
#include "shared/formats.hpp"

namespace burin::host {

struct Origin;

/// A picture in memory. `pixels` is the only copy: [height, width, channels] as burin_image wants
/// them, the right way up (an EXIF orientation is applied and set to 1), alpha not premultiplied,
/// in the file's own depth.
struct ImageFile {
  sdk::PixelBuffer pixels;
  FileFormat format = FileFormat::png;
  bool linear = false;             ///< values are proportional to light (OpenEXR)
  std::vector<std::uint8_t> icc;   ///< the profile as stored; empty: none
  std::vector<std::uint8_t> exif;  ///< TIFF structure; empty: none
  std::vector<std::uint8_t> xmp;   ///< packet; empty: none
  bool one_of_several = false;     ///< the file holds more pictures: frames, pages, parts
  std::vector<std::string> notes;  ///< sentences on what was noticed, for -v
  std::shared_ptr<const Origin>
      origin;  ///< what else write_image needs to write the same kind of file; may be null
};

/// Reads PNG, JPEG, TIFF, WebP or OpenEXR, told by content. Refused with a sentence: other formats,
/// truncated or damaged files, CMYK, animations, more than four channels, integers other than 8 and
/// 16 bits, pictures larger than the machine's memory. Throws sdk::Error: IMAGE (also where there
/// is no such file), MEMORY. [any-thread]
ImageFile read_image(const std::filesystem::path& file);

/// Throws sdk::Error (UNSUPPORTED) where the format of the target's extension cannot hold `image`
/// at all: too many pixels a side, or a profile. [any-thread]
void check_format_holds(const ImageFile& image, const std::filesystem::path& target);

/// Writes `image` in the format of the target's extension, complete or not at all. The same format
/// as it was read from keeps depth, compression settings and all metadata; JPEG keeps quantisation
/// tables and subsampling. Another format gets the nearest depth it holds; JPEG gets transparent
/// pixels on white. Returns a sentence for each such change. Throws sdk::Error: IO, UNSUPPORTED
/// (the format cannot hold the picture). [any-thread]
std::vector<std::string> write_image(const ImageFile& image, const std::filesystem::path& target);

/// `pixels` alone, written as write_image does; for masks, previews and crops. icc may be empty.
void write_pixels(sdk::PixelBuffer pixels, const std::vector<std::uint8_t>& icc,
                  const std::filesystem::path& target);

}  // namespace burin::host
