// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pixels as DLTensor: borrowed views, buffers handed over the ABI, and checked reading of what
// came.
// Functions are [any-thread]; one object is used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "burin/cpp/error.hpp"
#include "burin/tensor.h"

namespace burin::sdk {

enum class PixelType { u8, u16, f16, f32 };

constexpr size_t bytes_of(PixelType type) {
  switch (type) {
    case PixelType::u8:
      return 1;
    case PixelType::u16:
    case PixelType::f16:
      return 2;
    case PixelType::f32:
      return 4;
  }
  return 0;
}

constexpr DLDataType dl_type(PixelType type) {
  const bool is_float = type == PixelType::f16 || type == PixelType::f32;
  return {static_cast<uint8_t>(is_float ? kDLFloat : kDLUInt),
          static_cast<uint8_t>(8 * bytes_of(type)), 1};
}

/// Pixels in C order, rows packed: height * width * channels * bytes_of(type) bytes.
struct PixelBuffer {
  std::vector<std::byte> bytes;
  PixelType type = PixelType::u8;
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 0;
};

/// A DLTensor [height, width, channels] over pixels that someone else owns. It points into itself,
/// so it stays where it was made.
class TensorView {
 public:
  /// row_bytes: distance between rows, a multiple of the element size; 0: rows are packed.
  TensorView(const void* pixels, PixelType type, int64_t height, int64_t width, int64_t channels,
             int64_t row_bytes = 0)
      : shape_{height, width, channels} {
    const auto element = static_cast<int64_t>(bytes_of(type));
    if (row_bytes % element != 0) {
      throw Error(BURIN_E_INVALID, "Rows are " + std::to_string(row_bytes) +
                                       " bytes apart, which is no multiple of the element size " +
                                       std::to_string(element) + ".");
    }
    strides_[0] = row_bytes ? row_bytes / element : width * channels;
    strides_[1] = channels;
    strides_[2] = 1;
    dl_.data = const_cast<void*>(pixels);
    dl_.device = {kDLCPU, 0};
    dl_.ndim = 3;
    dl_.dtype = dl_type(type);
    dl_.shape = shape_;
    dl_.strides = strides_;
  }
  explicit TensorView(const PixelBuffer& buffer)
      : TensorView(buffer.bytes.data(), buffer.type, buffer.height, buffer.width, buffer.channels) {
  }

  TensorView(const TensorView&) = delete;
  TensorView& operator=(const TensorView&) = delete;

  const DLTensor* dl() const noexcept { return &dl_; }
  DLTensor* dl() noexcept { return &dl_; }

 private:
  int64_t shape_[3];
  int64_t strides_[3] = {};
  DLTensor dl_ = {};
};

/// Makes `dl`, which lies in what `owner` owns, the tensor of the receiver of `out`, whose
/// release() deletes the owner.
template <typename Owner>
void hand_over(std::unique_ptr<Owner> owner, const DLTensor& dl, burin_tensor& out) {
  out.struct_size = sizeof(burin_tensor);
  out.flags = 0;
  out.dl = dl;
  out.ctx = owner.release();
  out.release = [](burin_tensor* self) {
    if (self == nullptr || self->ctx == nullptr) return;
    delete static_cast<Owner*>(self->ctx);
    self->ctx = nullptr;
    self->dl = {};
  };
}

/// Gives `buffer` to the receiver of `out`, whose release() frees it.
inline void hand_over(PixelBuffer buffer, burin_tensor& out) {
  struct Owner {
    PixelBuffer buffer;
    TensorView view;
    explicit Owner(PixelBuffer&& pixels) : buffer(std::move(pixels)), view(buffer) {}
  };
  const auto expected = static_cast<uint64_t>(buffer.height) * static_cast<uint64_t>(buffer.width) *
                        static_cast<uint64_t>(buffer.channels) * bytes_of(buffer.type);
  if (buffer.height < 0 || buffer.width < 0 || buffer.channels < 0 ||
      buffer.bytes.size() != expected) {
    throw Error(BURIN_E_INVALID, "A pixel buffer holds " + std::to_string(buffer.bytes.size()) +
                                     " bytes, but its shape says " + std::to_string(expected) +
                                     ".");
  }
  auto owner = std::make_unique<Owner>(std::move(buffer));
  const DLTensor dl = *owner->view.dl();
  hand_over(std::move(owner), dl, out);
}

/// Gives `bytes` to the receiver of `out`, uint8 [size], whose release() frees them.
inline void hand_over(std::vector<std::byte> bytes, burin_tensor& out) {
  struct Owner {
    std::vector<std::byte> bytes;
    int64_t shape[1];
    int64_t strides[1];
  };
  const auto size = static_cast<int64_t>(bytes.size());
  auto owner = std::make_unique<Owner>(Owner{std::move(bytes), {size}, {1}});
  DLTensor dl = {};
  dl.data = owner->bytes.data();
  dl.device = {kDLCPU, 0};
  dl.ndim = 1;
  dl.dtype = {kDLUInt, 8, 1};
  dl.shape = owner->shape;
  dl.strides = owner->strides;
  hand_over(std::move(owner), dl, out);
}

}  // namespace burin::sdk
