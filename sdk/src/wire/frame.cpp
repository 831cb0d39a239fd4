// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading frames from a stream.
#include "wire/frame.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "burin/cpp/error.hpp"

namespace burin::wire {

namespace {
constexpr std::uint64_t first_step = 1 << 20;
}

void Buffer::grow(std::size_t size) {
  if (size <= size_) return;
  auto* bytes = static_cast<std::byte*>(std::realloc(data_.get(), size));
  if (bytes == nullptr) throw std::bad_alloc();
  (void)data_.release();
  data_.reset(bytes);
  size_ = size;
}

std::span<std::byte> FrameReader::room() {
  if (have_ < header_bytes) return std::span(header_).subspan(have_);
  const std::size_t in_body = have_ - header_bytes;
  if (in_body == frame_.body.size()) {
    const std::uint64_t step = std::max<std::uint64_t>(first_step, in_body);
    frame_.body.grow(static_cast<std::size_t>(std::min(length_, in_body + step)));
  }
  return {frame_.body.data() + in_body, frame_.body.size() - in_body};
}

void FrameReader::begin_body() {
  std::uint32_t type = 0;
  std::memcpy(&type, header_ + 4, sizeof type);
  std::memcpy(&length_, header_ + 8, sizeof length_);
  if (length_ > limit_) {
    throw sdk::Error(BURIN_E_INVALID, "A message of " + std::to_string(length_) +
                                          " bytes was announced; at most " +
                                          std::to_string(limit_) + " are taken here.");
  }
  frame_ = {static_cast<Type>(type), Buffer()};
}

bool FrameReader::filled(std::size_t count) {
  const bool was_header = have_ < header_bytes;
  have_ += count;
  // As soon as the bytes differ: whoever speaks something else may never send sixteen.
  if (was_header && std::memcmp(header_, magic, std::min<std::size_t>(have_, sizeof magic)) != 0) {
    throw sdk::Error(BURIN_E_INVALID,
                     "What came is not the worker's protocol: a message begins with \"BRNW\".");
  }
  if (have_ < header_bytes) return false;
  if (was_header) begin_body();
  return have_ - header_bytes == length_;
}

Frame FrameReader::take() {
  have_ = 0;
  length_ = 0;
  return std::exchange(frame_, Frame());
}

}  // namespace burin::wire
