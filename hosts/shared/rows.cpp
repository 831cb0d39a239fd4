// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Orientation and conversion, a row at a time.
#include "shared/rows.hpp"

#include <unistd.h>

#include <cstring>
#include <new>
#include <string>

#include "burin/cpp/error.hpp"
#include "shared/pixel_value.hpp"
#include "shared/srgb_curve.hpp"

namespace burin::host {

using sdk::PixelType;

namespace {

double physical_memory() {
  return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<double>(::sysconf(_SC_PAGE_SIZE));
}

}  // namespace

void refuse_more_than_memory(const std::filesystem::path& file, std::int64_t width,
                             std::int64_t height, std::int64_t pixel_bytes) {
  const double bytes = static_cast<double>(width * pixel_bytes) * static_cast<double>(height);
  if (bytes > physical_memory()) {
    throw sdk::Error(BURIN_E_IMAGE, file.string() + " says it is " + std::to_string(width) + " x " +
                                        std::to_string(height) +
                                        " pixels, which is more than this machine's memory holds.");
  }
}

RowPlacer::RowPlacer(const std::filesystem::path& file, sdk::PixelBuffer& out, PixelType type,
                     std::int64_t stored_width, std::int64_t stored_height, std::int64_t channels,
                     int orientation)
    : out_(out),
      width_(stored_width),
      height_(stored_height),
      pixel_bytes_(channels * static_cast<std::int64_t>(sdk::bytes_of(type))),
      row_bytes_(width_ * pixel_bytes_),
      orientation_(orientation) {
  refuse_more_than_memory(file, width_, height_, pixel_bytes_);
  const bool turned = orientation_ >= 5;
  out_.type = type;
  out_.channels = channels;
  out_.width = turned ? height_ : width_;
  out_.height = turned ? width_ : height_;
  try {
    out_.bytes.resize(static_cast<size_t>(row_bytes_ * height_));
  } catch (const std::bad_alloc&) {
    throw sdk::Error(BURIN_E_MEMORY, "There is not enough memory for the " +
                                         std::to_string(width_) + " x " + std::to_string(height_) +
                                         " pixels of " + file.string() + ".");
  }
}

std::byte* RowPlacer::rows_for(std::int64_t y, std::int64_t count) {
  first_ = y;
  count_ = count;
  if (orientation_ == 1) return out_.bytes.data() + y * row_bytes_;
  scratch_.resize(static_cast<size_t>(count * row_bytes_));
  return scratch_.data();
}

void RowPlacer::placed() {
  if (orientation_ == 1) return;
  const bool mirrored = orientation_ == 2 || orientation_ == 3 || orientation_ == 7 ||
                        orientation_ == 8;  // stored columns run backwards
  const bool upturned = orientation_ == 3 || orientation_ == 4 || orientation_ == 6 ||
                        orientation_ == 7;  // stored rows run backwards
  const std::int64_t across = orientation_ >= 5 ? out_.width * pixel_bytes_ : pixel_bytes_;
  const std::int64_t down = orientation_ >= 5 ? pixel_bytes_ : row_bytes_;
  for (std::int64_t i = 0; i < count_; ++i) {
    const std::int64_t y = upturned ? height_ - 1 - (first_ + i) : first_ + i;
    const std::byte* from = scratch_.data() + i * row_bytes_;
    std::byte* to = out_.bytes.data() + y * down + (mirrored ? (width_ - 1) * across : 0);
    const std::int64_t step = mirrored ? -across : across;
    for (std::int64_t x = 0; x < width_; ++x, from += pixel_bytes_, to += step) {
      std::memcpy(to, from, static_cast<size_t>(pixel_bytes_));
    }
  }
}

RowSource::RowSource(const sdk::PixelBuffer& pixels, RowConversion wanted)
    : pixels_(pixels), wanted_(wanted) {}

std::int64_t RowSource::row_bytes() const noexcept {
  return pixels_.width * wanted_.channels * static_cast<std::int64_t>(sdk::bytes_of(wanted_.type));
}

const std::byte* RowSource::rows(std::int64_t y, std::int64_t count) {
  const bool as_it_is = wanted_.type == pixels_.type && wanted_.channels == pixels_.channels &&
                        !wanted_.to_linear && !wanted_.from_linear && !wanted_.premultiply;
  const std::byte* stored = pixels_.bytes.data() + y * row_bytes();
  if (as_it_is && !wanted_.associated) return stored;
  scratch_.resize(static_cast<size_t>(count * row_bytes()));
  if (as_it_is) {
    std::memcpy(scratch_.data(), stored, scratch_.size());
    make_associated(*wanted_.associated, pixels_, y, count, scratch_.data());
    return scratch_.data();
  }
  for (std::int64_t i = 0; i < count; ++i) {
    convert_row(y + i, scratch_.data() + i * row_bytes());
  }
  return scratch_.data();
}

void RowSource::convert_row(std::int64_t y, std::byte* to) const {
  const auto from_bytes = static_cast<std::int64_t>(sdk::bytes_of(pixels_.type));
  const auto to_bytes = static_cast<std::int64_t>(sdk::bytes_of(wanted_.type));
  const bool has_alpha = pixels_.channels == 2 || pixels_.channels == 4;
  const std::int64_t colours = pixels_.channels - (has_alpha ? 1 : 0);
  const bool keeps_alpha = has_alpha && wanted_.channels > colours;
  const std::byte* from = pixels_.bytes.data() + y * pixels_.width * pixels_.channels * from_bytes;
  for (std::int64_t x = 0; x < pixels_.width; ++x) {
    const float alpha = has_alpha ? load_value(from + colours * from_bytes, pixels_.type) : 1.0f;
    for (std::int64_t c = 0; c < colours; ++c) {
      float value = load_value(from + c * from_bytes, pixels_.type);
      if (wanted_.to_linear) value = srgb_to_linear(value);
      if (wanted_.from_linear) value = linear_to_srgb(value);
      if (wanted_.premultiply) value *= alpha;
      if (has_alpha && !keeps_alpha) value = value * alpha + (1.0f - alpha);
      store_value(value, to + c * to_bytes, wanted_.type);
    }
    if (keeps_alpha) store_value(alpha, to + colours * to_bytes, wanted_.type);
    from += pixels_.channels * from_bytes;
    to += wanted_.channels * to_bytes;
  }
}

}  // namespace burin::host
