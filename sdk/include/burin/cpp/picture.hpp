// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Float pictures, masks and latents: checked views of what came over the ABI, and pictures to be
// handed over.
// Functions are [any-thread]; one object is used by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "burin/cpp/error.hpp"
#include "burin/cpp/tensor.hpp"
#include "burin/tensor.h"

namespace burin::sdk {

/// float32 pixels with any strides, borrowed, read only. Strides are in values.
struct FloatView {
  const float* values = nullptr;
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 0;
  int64_t row_stride = 0;
  int64_t column_stride = 0;
  int64_t channel_stride = 0;

  float at(int64_t y, int64_t x, int64_t c = 0) const {
    return values[y * row_stride + x * column_stride + c * channel_stride];
  }
};

/// float32 values in C order that the host lent to be written: pixels [h, w, c] (n is 1) or a
/// latent [n, c, h, w].
struct FloatPlanes {
  float* values = nullptr;
  int64_t n = 1, height = 0, width = 0, channels = 0;

  int64_t size() const { return n * height * width * channels; }
  float* begin() const { return values; }
  float* end() const { return values + size(); }
};

/// float32 pixels [height, width, channels] in C order, owned.
struct FloatPicture {
  int64_t height = 0, width = 0, channels = 0;
  std::vector<float> values;

  FloatPicture() = default;
  FloatPicture(int64_t h, int64_t w, int64_t c)
      : height(h), width(w), channels(c), values(static_cast<size_t>(h * w * c)) {}

  float& at(int64_t y, int64_t x, int64_t c = 0) {
    return values[static_cast<size_t>((y * width + x) * channels + c)];
  }
};

/// Throws Error (INVALID), naming `what`, unless `tensor` is float32 on the CPU with `ndim`
/// dimensions, none empty.
inline void require_floats(const DLTensor* tensor, int ndim, const char* what) {
  const auto refuse = [&](const std::string& got) {
    throw Error(BURIN_E_INVALID, std::string("The ") + what + " " + got +
                                     "; expected is float32 with " + std::to_string(ndim) +
                                     " dimensions on the CPU.");
  };
  if (tensor == nullptr) refuse("is NULL");
  if (tensor->device.device_type != kDLCPU) {
    refuse("is on device type " + std::to_string(tensor->device.device_type));
  }
  if (tensor->dtype.code != kDLFloat || tensor->dtype.bits != 32 || tensor->dtype.lanes != 1) {
    refuse("has dtype code " + std::to_string(tensor->dtype.code) + " of " +
           std::to_string(tensor->dtype.bits) + " bits");
  }
  if (tensor->ndim != ndim) refuse("has " + std::to_string(tensor->ndim) + " dimensions");
  if (tensor->shape == nullptr) refuse("has no shape");
  for (int i = 0; i < ndim; ++i) {
    if (tensor->shape[i] < 1) {
      refuse("has the length " + std::to_string(tensor->shape[i]) + " in dimension " +
             std::to_string(i));
    }
  }
  if (tensor->data == nullptr) refuse("has no data");
}

/// A view of pixels [h, w, channels], or of a mask [h, w] when channels is 0. Throws Error
/// (INVALID), naming `what`.
inline FloatView float_view(const DLTensor* tensor, int64_t channels, const char* what) {
  require_floats(tensor, channels == 0 ? 2 : 3, what);
  const int64_t given = channels == 0 ? 1 : tensor->shape[2];
  if (channels != 0 && given != channels) {
    throw Error(BURIN_E_INVALID, std::string("The ") + what + " has " + std::to_string(given) +
                                     " channels; expected are " + std::to_string(channels) + ".");
  }
  const int64_t* strides = tensor->strides;
  return {
      reinterpret_cast<const float*>(static_cast<const char*>(tensor->data) + tensor->byte_offset),
      tensor->shape[0],
      tensor->shape[1],
      given,
      strides ? strides[0] : tensor->shape[1] * given,
      strides ? strides[1] : given,
      strides && channels != 0 ? strides[2] : 1};
}

/// A stride that is not C order's.
struct OddStride {
  int dimension;
  int64_t expected;
};

/// The last dimension whose stride is not C order's; none: `tensor` is in C order.
inline std::optional<OddStride> not_c_order(const DLTensor& tensor) {
  int64_t stride = 1;
  for (int i = tensor.ndim - 1; i >= 0; --i) {
    if (tensor.strides && tensor.shape[i] > 1 && tensor.strides[i] != stride) {
      return OddStride{i, stride};
    }
    stride *= tensor.shape[i];
  }
  return std::nullopt;
}

/// What the host lent to be written: a latent [n, c, h, w], or pixels [h, w, c] when ndim is 3.
/// Throws Error (INVALID), naming `what`, also when it is not in C order.
inline FloatPlanes float_planes(const DLTensor* tensor, int ndim, const char* what) {
  require_floats(tensor, ndim, what);
  if (const auto odd = not_c_order(*tensor)) {
    throw Error(BURIN_E_INVALID, std::string("The ") + what + " has stride " +
                                     std::to_string(tensor->strides[odd->dimension]) +
                                     " in dimension " + std::to_string(odd->dimension) +
                                     "; expected is " + std::to_string(odd->expected) +
                                     ", C order.");
  }
  auto* values = reinterpret_cast<float*>(static_cast<char*>(tensor->data) + tensor->byte_offset);
  const int64_t* s = tensor->shape;
  return ndim == 4 ? FloatPlanes{values, s[0], s[2], s[3], s[1]}
                   : FloatPlanes{values, 1, s[0], s[1], s[2]};
}

/// Throws Error (INTERNAL) unless `made` has the height, width and channels that are expected.
inline void require_size(const FloatPicture& made, int64_t height, int64_t width,
                         int64_t channels) {
  const auto text = [](int64_t h, int64_t w, int64_t c) {
    return std::to_string(w) + " x " + std::to_string(h) + " with " + std::to_string(c) +
           " channels";
  };
  if (made.height != height || made.width != width || made.channels != channels) {
    throw Error(BURIN_E_INTERNAL, "The module made a picture of " +
                                      text(made.height, made.width, made.channels) +
                                      "; expected is " + text(height, width, channels) + ".");
  }
}

/// Gives `picture` to the receiver of `out`, whose release() frees it. Throws Error (INTERNAL)
/// when it does not hold as many values as its shape says.
inline void hand_over(FloatPicture picture, burin_tensor& out) {
  struct Owner {
    FloatPicture picture;
    int64_t shape[3];
    int64_t strides[3];
  };
  if (picture.height < 1 || picture.width < 1 || picture.channels < 1 ||
      picture.values.size() != static_cast<uint64_t>(picture.height) *
                                   static_cast<uint64_t>(picture.width) *
                                   static_cast<uint64_t>(picture.channels)) {
    throw Error(BURIN_E_INTERNAL, "A picture of " + std::to_string(picture.width) + " x " +
                                      std::to_string(picture.height) + " with " +
                                      std::to_string(picture.channels) + " channels holds " +
                                      std::to_string(picture.values.size()) + " values.");
  }
  const int64_t h = picture.height, w = picture.width, c = picture.channels;
  auto owner = std::make_unique<Owner>(Owner{std::move(picture), {h, w, c}, {w * c, c, 1}});
  DLTensor dl = {};
  dl.data = owner->picture.values.data();
  dl.device = {kDLCPU, 0};
  dl.ndim = 3;
  dl.dtype = {kDLFloat, 32, 1};
  dl.shape = owner->shape;
  dl.strides = owner->strides;
  hand_over(std::move(owner), dl, out);
}

}  // namespace burin::sdk
