// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The document's pixels as they are, and crops of them as the model sees them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <opencv2/core.hpp>
#include <vector>

#include "segs/segs.hpp"

namespace burin::core {

enum class Depth { u8, u16, f16, f32 };

// Borrowed pixels [height, width, channels], native byte order, unit stride over channels; samples
// need no alignment. channels: 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha (straight).
struct ImageView {
  void* data = nullptr;
  int width = 0, height = 0, channels = 0;
  Depth depth = Depth::u8;
  std::size_t row_bytes = 0;
  std::vector<std::uint8_t> icc;  // empty: sRGB

  bool has_alpha() const { return channels == 2 || channels == 4; }
  int colours() const { return channels <= 2 ? 1 : 3; }
};

// Bytes of one sample: 1, 2, 2 or 4.
std::size_t sample_bytes(Depth depth);

// Throws Error{BURIN_E_IMAGE} for no data, a side below 1, channels other than 1..4, or rows that
// are shorter than their pixels.
void expect_image(const ImageView& image);

// Document encoding <-> sRGB-encoded RGB, by relative colorimetric intent with black point
// compensation, in float. Grey documents give three equal channels and take the luminance (of the
// linear light) back. Values outside 0..1 survive both ways where the profile's curves are
// formulas; tables clip them. Immutable once made: any thread may use it.
class ColourTransform {
 public:
  // Reads channels and icc only. Throws Error{BURIN_E_IMAGE} for a profile that cannot be read, is
  // not of the document's colour space, or cannot be used both ways.
  explicit ColourTransform(const ImageView& image);
  ~ColourTransform();
  ColourTransform(const ColourTransform&) = delete;
  ColourTransform& operator=(const ColourTransform&) = delete;

  // The document is sRGB-encoded: no profile, or one within 1/1024 of sRGB.
  bool identity() const;
  // CV_32FC(colours) to CV_32FC3 and back; the result shares no pixels with the argument. Throw
  // Error{BURIN_E_INVALID} for another type.
  cv::Mat to_srgb(const cv::Mat& document) const;
  cv::Mat from_srgb(const cv::Mat& srgb) const;

 private:
  struct Profiles;
  std::unique_ptr<const Profiles> profiles_;
  int colours_;
};

// The colour channels of a region as CV_32FC(colours), in the document's encoding; integers divided
// by their maximum, floats as they are. Throws Error{BURIN_E_IMAGE} as expect_image does, and
// Error{BURIN_E_INVALID} for a region that is empty or not inside the picture.
cv::Mat read_colours(const ImageView& image, const Region& region);

// Its alpha as CV_32FC1, 0..1; all ones where there is none. Errors as read_colours.
cv::Mat read_alpha(const ImageView& image, const Region& region);

// All channels as CV_32FC(channels), as read_colours and read_alpha give them.
cv::Mat float_copy(const ImageView& image);

// Fills the pixels that hold nothing to see (alpha not above 0, or a colour that is not finite)
// from the nearest one that does, in place; nothing visible: unchanged. colours CV_32FC1 or C3,
// alpha CV_32FC1 of the same size, else Error{BURIN_E_INVALID}.
void fill_transparent(cv::Mat& colours, const cv::Mat& alpha);

// out = in + mask * (colours - in) on the document's own pixels. Integer depths round to nearest
// and clamp; float depths do neither. Alpha keeps every bit, and so does every sample where the
// mask is not above 0 or the colour is NaN; mask values above 1 count as 1, which gives `colours`
// itself. colours CV_32FC(colours of the image) in the document's encoding and mask CV_32FC1, both
// of the region's size, else Error{BURIN_E_INVALID}; the region may leave the picture, that part is
// ignored. Writes only inside the region.
void blend_into(ImageView& image, const Region& region, const cv::Mat& colours,
                const cv::Mat& mask);

}  // namespace burin::core
