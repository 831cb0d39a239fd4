// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Checks and conversions of pictures that cross the ABI.
#include "modules/abi_image.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "runtime/error.hpp"

namespace burin::core {
namespace {

constexpr int kLargestSide = 1 << 20;

Depth depth_of(const DLDataType& type) {
  if (type.lanes == 1) {
    if (type.code == kDLUInt && type.bits == 8) return Depth::u8;
    if (type.code == kDLUInt && type.bits == 16) return Depth::u16;
    if (type.code == kDLFloat && type.bits == 16) return Depth::f16;
    if (type.code == kDLFloat && type.bits == 32) return Depth::f32;
  }
  throw Error(BURIN_E_IMAGE, "The picture's dtype has code " + std::to_string(type.code) + " and " +
                                 std::to_string(type.bits) +
                                 " bits, expected uint8, uint16, float16 or float32.");
}

}  // namespace

ImageView view_of(const DLTensor& pixels) {
  if (pixels.data == nullptr)
    throw Error(BURIN_E_IMAGE, "The picture has no pixels (data is NULL).");
  if (pixels.device.device_type != kDLCPU)
    throw Error(BURIN_E_IMAGE, "The picture lies on a device, expected memory of the CPU.");
  if (pixels.ndim != 3)
    throw Error(BURIN_E_IMAGE, "The picture has " + std::to_string(pixels.ndim) +
                                   " dimensions, expected [height, width, channels].");
  const std::int64_t height = pixels.shape[0], width = pixels.shape[1], channels = pixels.shape[2];
  if (height < 1 || width < 1 || height > kLargestSide || width > kLargestSide)
    throw Error(BURIN_E_IMAGE, "The picture is " + std::to_string(width) + " x " +
                                   std::to_string(height) +
                                   " pixels, expected 1 to 1048576 a side.");
  if (channels < 1 || channels > 4)
    throw Error(BURIN_E_IMAGE,
                "The picture has " + std::to_string(channels) +
                    " channels, expected 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha).");
  ImageView view;
  view.depth = depth_of(pixels.dtype);
  view.height = static_cast<int>(height);
  view.width = static_cast<int>(width);
  view.channels = static_cast<int>(channels);
  view.data = static_cast<char*>(pixels.data) + pixels.byte_offset;
  const std::int64_t bytes = pixels.dtype.bits / 8;
  std::int64_t row = width * channels;
  if (pixels.strides != nullptr) {
    if ((channels > 1 && pixels.strides[2] != 1) || (width > 1 && pixels.strides[1] != channels) ||
        (height > 1 && pixels.strides[0] < row))
      throw Error(BURIN_E_IMAGE,
                  "The picture's channels are not interleaved, expected unit stride over channels "
                  "and whole pixels in a row.");
    if (height > 1) row = pixels.strides[0];
  }
  view.row_bytes = static_cast<std::size_t>(row * bytes);
  return view;
}

ImageView view_of(const burin_image& image) {
  if (!BURIN_HAS(&image, pixels) || image.pixels == nullptr)
    throw Error(BURIN_E_IMAGE, "The picture has no pixels (pixels is NULL).");
  ImageView view = view_of(*image.pixels);
  if (BURIN_HAS(&image, icc_size) && image.icc != nullptr) {
    const auto* bytes = static_cast<const std::uint8_t*>(image.icc);
    view.icc.assign(bytes, bytes + image.icc_size);
  }
  return view;
}

cv::Mat mask_of(const DLTensor& pixels) {
  const ImageView view = view_of(pixels);
  const Region whole{0, 0, view.width, view.height};
  const cv::Mat colours = read_colours(view, whole);
  cv::Mat mask = colours;
  if (view.colours() == 3) {
    cv::Mat luma;
    cv::transform(colours, luma, cv::Matx13f(0.2126f, 0.7152f, 0.0722f));
    mask = luma;
  }
  if (view.has_alpha()) mask = mask.mul(read_alpha(view, whole));
  if (!cv::checkRange(mask))
    throw Error(BURIN_E_IMAGE, "The mask holds values that are not numbers, expected 0..1.");
  return cv::min(cv::max(mask, 0), 1);
}

RgbTensor::RgbTensor(const ImageView& image) {
  shape_ = {image.height, image.width, 3};
  tensor_.device = {kDLCPU, 0};
  tensor_.ndim = 3;
  tensor_.dtype = {kDLUInt, 8, 1};
  tensor_.shape = shape_.data();
  tensor_.strides = strides_.data();
  if (image.depth == Depth::u8 && image.colours() == 3) {
    strides_ = {static_cast<std::int64_t>(image.row_bytes), image.channels, 1};
    tensor_.data = image.data;
    return;
  }
  constexpr int kStrip = 256;
  storage_.create(image.height, image.width, CV_8UC3);
  for (int y = 0; y < image.height; y += kStrip) {
    const int end = std::min(image.height, y + kStrip);
    const cv::Mat colours = read_colours(image, {0, y, image.width, end});
    cv::Mat rgb = colours;
    if (image.colours() == 1) cv::merge(std::vector<cv::Mat>(3, colours), rgb);
    cv::patchNaNs(rgb, 0);
    rgb.convertTo(storage_.rowRange(y, end), CV_8U, 255);
  }
  strides_ = {static_cast<std::int64_t>(storage_.step), 3, 1};
  tensor_.data = storage_.data;
}

MatTensor::MatTensor(const cv::Mat& mat) : mat_(mat.isContinuous() ? mat : mat.clone()) {
  shape_ = {mat_.rows, mat_.cols, mat_.channels()};
  tensor_.data = mat_.data;
  tensor_.device = {kDLCPU, 0};
  tensor_.ndim = mat_.channels() > 1 ? 3 : 2;
  tensor_.dtype = mat_.depth() == CV_8U ? DLDataType{kDLUInt, 8, 1} : DLDataType{kDLFloat, 32, 1};
  tensor_.shape = shape_.data();
}

}  // namespace burin::core
