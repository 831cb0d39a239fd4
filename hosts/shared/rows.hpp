// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Rows on their way between a codec and a PixelBuffer: orientation when reading, depth and channels
// when writing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "burin/cpp/tensor.hpp"
#include "shared/associated_alpha.hpp"

namespace burin::host {

/// Throws sdk::Error (IMAGE) when such a picture is larger than the machine's memory. For codecs
/// that set aside what a header asks for before they read a row. [any-thread]
void refuse_more_than_memory(const std::filesystem::path& file, std::int64_t width,
                             std::int64_t height, std::int64_t pixel_bytes);

/// Takes the rows of a file in stored order and puts each pixel where the orientation (EXIF: 1..8)
/// wants it, so that a turned picture needs no second copy. With orientation 1 a row is decoded
/// right into its place.
class RowPlacer {
 public:
  /// Makes `out`. Throws sdk::Error: IMAGE when the picture is larger than the machine's memory,
  /// MEMORY.
  RowPlacer(const std::filesystem::path& file, sdk::PixelBuffer& out, sdk::PixelType type,
            std::int64_t stored_width, std::int64_t stored_height, std::int64_t channels,
            int orientation);

  /// Where the codec puts rows y .. y + count - 1; until the next call.
  std::byte* rows_for(std::int64_t y, std::int64_t count = 1);
  /// The rows of the last rows_for are there.
  void placed();

  std::int64_t row_bytes() const noexcept { return row_bytes_; }

 private:
  sdk::PixelBuffer& out_;
  std::int64_t width_, height_, pixel_bytes_, row_bytes_;
  int orientation_;
  std::int64_t first_ = 0, count_ = 0;
  std::vector<std::byte> scratch_;
};

struct RowConversion {
  sdk::PixelType type = sdk::PixelType::u8;
  std::int64_t channels = 3;  ///< the picture's own, or one less: then alpha is laid on white
  bool to_linear = false;     ///< the sRGB curve is undone for the colour channels
  bool from_linear = false;   ///< ... or applied
  bool premultiply = false;   ///< colours are multiplied by alpha
  /// Premultiplied again as the file had it; excludes the conversions above. May be null.
  const AssociatedAlpha* associated = nullptr;
};

/// Gives the rows of a picture in the type, channels and transfer curve a file wants.
class RowSource {
 public:
  explicit RowSource(const sdk::PixelBuffer& pixels, RowConversion wanted);

  std::int64_t width() const noexcept { return pixels_.width; }
  std::int64_t height() const noexcept { return pixels_.height; }
  std::int64_t channels() const noexcept { return wanted_.channels; }
  sdk::PixelType type() const noexcept { return wanted_.type; }
  std::int64_t row_bytes() const noexcept;

  /// Rows y .. y + count - 1, packed; until the next call.
  const std::byte* rows(std::int64_t y, std::int64_t count = 1);

 private:
  void convert_row(std::int64_t y, std::byte* to) const;

  const sdk::PixelBuffer& pixels_;
  RowConversion wanted_;
  std::vector<std::byte> scratch_;
};

}  // namespace burin::host
