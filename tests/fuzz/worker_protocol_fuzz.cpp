// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Any bytes as what a client sends to the worker, and as what a worker answers: an Error, or values
// that lie within what came. The first byte says in which pieces the rest arrives.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "wire/reply.hpp"
#include "wire/request.hpp"

using namespace burin;

namespace {

// Reads every byte, for the sanitizer to see.
void touch(std::span<const std::byte> bytes) {
  volatile unsigned sum = 0;
  for (const std::byte byte : bytes) sum = sum + static_cast<unsigned>(byte);
}

void touch(const DLTensor* tensor) {
  if (tensor == nullptr) return;
  std::size_t size = tensor->dtype.bits / 8u;
  for (int d = 0; d < tensor->ndim; ++d) size *= static_cast<std::size_t>(tensor->shape[d]);
  touch({static_cast<const std::byte*>(tensor->data), size});
}

void paint(const wire::Patch& patch) {
  std::uint16_t pixels[8 * 8 * 3] = {};
  std::int64_t shape[3] = {8, 8, 3};
  DLTensor picture = {};
  picture.data = pixels;
  picture.device = {kDLCPU, 0};
  picture.ndim = 3;
  picture.dtype = {kDLUInt, 16, 1};
  picture.shape = shape;
  wire::apply_patch(patch, picture);
}

void read(wire::Frame frame) {
  switch (frame.type) {
    case wire::Type::hello:
      wire::read_hello(frame);
      return;
    case wire::Type::error:
      wire::read_error(frame);
      return;
    case wire::Type::patch:
      paint(wire::read_patch(std::move(frame)));
      return;
    case wire::Type::layer: {
      const wire::ReceivedLayer received(std::move(frame));
      const burin_layer& layer = received.layer();
      touch(layer.pixels);
      touch(layer.crop);
      touch(layer.mask);
      for (std::size_t i = 0; i < layer.control_count; ++i) touch(layer.controls[i]);
      return;
    }
    case wire::Type::mask: {
      const wire::ReceivedMask mask(std::move(frame));
      const DLTensor dl = mask.pixels().dl();
      touch(&dl);
      return;
    }
    default: {
      const wire::Request request = wire::read_request(std::move(frame));
      if (request.image) touch({request.image->data, request.image->bytes});
      touch(request.icc);
      if (request.masks_name.find('/') != std::string::npos) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] == 0 ? size : data[0];
  wire::FrameReader reader(1 << 22);
  for (std::size_t at = 1; at < size;) {
    try {
      const auto room = reader.room();
      const std::size_t count = std::min({room.size(), size - at, step});
      std::memcpy(room.data(), data + at, count);
      at += count;
      if (reader.filled(count)) read(reader.take());
    } catch (const sdk::Error& error) {
      if (*error.what() == '\0') std::abort();
      // A stream that is no protocol any more has no next frame.
      if (reader.amid()) return 0;
    }
  }
  return 0;
}
