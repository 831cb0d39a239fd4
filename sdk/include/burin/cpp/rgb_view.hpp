// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A checked view of the picture that a detector is given.
// Functions are [any-thread]; one object is used by one thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "burin/cpp/error.hpp"
#include "burin/tensor.h"

namespace burin::sdk {

/// uint8 RGB pixels with any strides, borrowed. Strides are in bytes and may be negative or zero.
struct RgbView {
  const uint8_t* pixels = nullptr;
  int64_t height = 0;
  int64_t width = 0;
  int64_t row_stride = 0;
  int64_t column_stride = 0;
  int64_t channel_stride = 0;

  const uint8_t* at(int64_t y, int64_t x) const {
    return pixels + y * row_stride + x * column_stride;
  }
};

/// Throws Error (INVALID) unless `tensor` is uint8 [height, width, 3] on the CPU with at least one
/// pixel.
inline RgbView rgb_view(const DLTensor* tensor) {
  const auto refuse = [](const std::string& what) -> void {
    throw Error(BURIN_E_INVALID,
                "The picture " + what + "; expected is uint8 [height, width, 3] on the CPU.");
  };
  if (tensor == nullptr) refuse("is NULL");
  if (tensor->device.device_type != kDLCPU) {
    refuse("is on device type " + std::to_string(tensor->device.device_type));
  }
  if (tensor->dtype.code != kDLUInt || tensor->dtype.bits != 8 || tensor->dtype.lanes != 1) {
    refuse("has dtype code " + std::to_string(tensor->dtype.code) + " of " +
           std::to_string(tensor->dtype.bits) + " bits");
  }
  if (tensor->ndim != 3) refuse("has " + std::to_string(tensor->ndim) + " dimensions");
  if (tensor->shape == nullptr) refuse("has no shape");
  const int64_t height = tensor->shape[0], width = tensor->shape[1], channels = tensor->shape[2];
  if (height < 1 || width < 1 || channels != 3) {
    refuse("has shape [" + std::to_string(height) + ", " + std::to_string(width) + ", " +
           std::to_string(channels) + "]");
  }
  if (tensor->data == nullptr) refuse("has no data");
  const int64_t* strides = tensor->strides;
  return {static_cast<const uint8_t*>(tensor->data) + tensor->byte_offset,
          height,
          width,
          strides ? strides[0] : width * 3,
          strides ? strides[1] : 3,
          strides ? strides[2] : 1};
}

}  // namespace burin::sdk
