// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading and blending the document's samples in its own depth.
#include "imaging/image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "imaging/check.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

// How a sample type becomes a float and back. The memory may be unaligned.
template <typename T>
struct IntegerSample {
  static constexpr std::size_t kBytes = sizeof(T);
  static constexpr float kMax = static_cast<float>(static_cast<T>(~T{0}));
  static float load(const unsigned char* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return static_cast<float>(value) / kMax;
  }
  static void store(unsigned char* at, float value) {
    const auto rounded = static_cast<T>(std::nearbyint(std::clamp(value, 0.0f, 1.0f) * kMax));
    std::memcpy(at, &rounded, sizeof rounded);
  }
};

struct HalfSample {
  static constexpr std::size_t kBytes = 2;
  static float load(const unsigned char* at) {
    cv::float16_t value;
    static_assert(sizeof value == kBytes);
    std::memcpy(static_cast<void*>(&value), at, kBytes);
    return static_cast<float>(value);
  }
  static void store(unsigned char* at, float value) {
    const cv::float16_t half(value);
    std::memcpy(at, static_cast<const void*>(&half), kBytes);
  }
};

struct FloatSample {
  static constexpr std::size_t kBytes = 4;
  static float load(const unsigned char* at) {
    float value;
    std::memcpy(&value, at, kBytes);
    return value;
  }
  static void store(unsigned char* at, float value) { std::memcpy(at, &value, kBytes); }
};

template <typename Function>
void with_sample(Depth depth, Function function) {
  switch (depth) {
    case Depth::u8:
      return function(IntegerSample<std::uint8_t>{});
    case Depth::u16:
      return function(IntegerSample<std::uint16_t>{});
    case Depth::f16:
      return function(HalfSample{});
    case Depth::f32:
      return function(FloatSample{});
  }
}

void expect_region(const ImageView& image, const Region& region) {
  expect_image(image);
  if (region.x1 < 0 || region.y1 < 0 || region.x2 > image.width || region.y2 > image.height ||
      region.x1 >= region.x2 || region.y1 >= region.y2) {
    throw Error(BURIN_E_INVALID,
                fmt::format("reading pixels: got the region ({}, {}, {}, {}), expected one inside "
                            "the picture of {}x{} pixels",
                            region.x1, region.y1, region.x2, region.y2, image.width, image.height));
  }
}

unsigned char* pixel_at(const ImageView& image, int x, int y) {
  return static_cast<unsigned char*>(image.data) + static_cast<std::size_t>(y) * image.row_bytes +
         static_cast<std::size_t>(x) * image.channels * sample_bytes(image.depth);
}

// Channels [first, first + count) of a region.
cv::Mat read_channels(const ImageView& image, const Region& region, int first, int count) {
  cv::Mat result(region.height(), region.width(), CV_32FC(count));
  with_sample(image.depth, [&](auto sample) {
    using Sample = decltype(sample);
    for (int y = 0; y < result.rows; ++y) {
      const unsigned char* in = pixel_at(image, region.x1, region.y1 + y) + first * Sample::kBytes;
      float* out = result.ptr<float>(y);
      for (int x = 0; x < result.cols; ++x, in += image.channels * Sample::kBytes) {
        for (int c = 0; c < count; ++c) *out++ = Sample::load(in + c * Sample::kBytes);
      }
    }
  });
  return result;
}

void expect_region_sized(const cv::Mat& mat, const Region& region, const char* what) {
  if (mat.cols != region.width() || mat.rows != region.height()) {
    throw Error(BURIN_E_INVALID,
                fmt::format("blending: got {} of {}x{} pixels for a region of {}x{}, expected the "
                            "same size",
                            what, mat.cols, mat.rows, region.width(), region.height()));
  }
}

template <typename Sample>
void blend_row(unsigned char* pixel, int pixel_channels, const float* colours, int channels,
               const float* mask, int width) {
  for (int x = 0; x < width; ++x, pixel += pixel_channels * Sample::kBytes, colours += channels) {
    if (!(mask[x] > 0)) continue;
    for (int c = 0; c < channels; ++c) {
      if (std::isnan(colours[c])) continue;
      unsigned char* at = pixel + c * Sample::kBytes;
      if (mask[x] >= 1) {
        Sample::store(at, colours[c]);
      } else {
        const float in = Sample::load(at);
        Sample::store(at, in + mask[x] * (colours[c] - in));
      }
    }
  }
}

}  // namespace

std::size_t sample_bytes(Depth depth) {
  switch (depth) {
    case Depth::u8:
      return 1;
    case Depth::u16:
    case Depth::f16:
      return 2;
    case Depth::f32:
      return 4;
  }
  throw Error(BURIN_E_IMAGE, fmt::format("the picture's depth is {}, expected u8, u16, f16 or f32",
                                         static_cast<int>(depth)));
}

void expect_image(const ImageView& image) {
  if (image.data == nullptr) {
    throw Error(BURIN_E_IMAGE, "the picture has no pixels (its data is null), expected a buffer");
  }
  if (image.width < 1 || image.height < 1) {
    throw Error(BURIN_E_IMAGE, fmt::format("the picture is {}x{} pixels, expected 1x1 or more",
                                           image.width, image.height));
  }
  if (image.channels < 1 || image.channels > 4) {
    throw Error(BURIN_E_IMAGE,
                fmt::format("the picture has {} channels, expected 1 to 4", image.channels));
  }
  const std::size_t needed =
      static_cast<std::size_t>(image.width) * image.channels * sample_bytes(image.depth);
  if (image.height > 1 && image.row_bytes < needed) {
    throw Error(BURIN_E_IMAGE, fmt::format("the picture's rows are {} bytes apart, expected {} or "
                                           "more for {} pixels",
                                           image.row_bytes, needed, image.width));
  }
}

cv::Mat read_colours(const ImageView& image, const Region& region) {
  expect_region(image, region);
  return read_channels(image, region, 0, image.colours());
}

cv::Mat read_alpha(const ImageView& image, const Region& region) {
  expect_region(image, region);
  if (!image.has_alpha()) return cv::Mat::ones(region.height(), region.width(), CV_32FC1);
  return read_channels(image, region, image.colours(), 1);
}

void blend_into(ImageView& image, const Region& region, const cv::Mat& colours,
                const cv::Mat& mask) {
  expect_image(image);
  expect_type(colours, {CV_32FC(image.colours())}, "blending colours");
  expect_type(mask, {CV_32FC1}, "blending mask");
  expect_region_sized(colours, region, "colours");
  expect_region_sized(mask, region, "a mask");
  const int left = std::max(region.x1, 0), right = std::min(region.x2, image.width);
  const int top = std::max(region.y1, 0), bottom = std::min(region.y2, image.height);
  if (left >= right) return;
  with_sample(image.depth, [&](auto sample) {
    for (int y = top; y < bottom; ++y) {
      const int column = left - region.x1;
      blend_row<decltype(sample)>(pixel_at(image, left, y), image.channels,
                                  colours.ptr<float>(y - region.y1) + column * image.colours(),
                                  image.colours(), mask.ptr<float>(y - region.y1) + column,
                                  right - left);
    }
  });
}

cv::Mat float_copy(const ImageView& image) {
  const Region whole{0, 0, image.width, image.height};
  const cv::Mat colours = read_colours(image, whole);
  if (!image.has_alpha()) return colours;
  std::vector<cv::Mat> channels;
  cv::split(colours, channels);
  channels.push_back(read_alpha(image, whole));
  cv::Mat all;
  cv::merge(channels, all);
  return all;
}

}  // namespace burin::core
