// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Frames of the worker's protocol (docs/protocol.md): 16 bytes of header, then a body. What is read
// comes from another process and is not trusted.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

namespace burin::wire {

static_assert(std::endian::native == std::endian::little, "the wire is little-endian");

inline constexpr std::uint32_t protocol_major = 1;
inline constexpr std::uint32_t protocol_minor = 1;

inline constexpr char magic[4] = {'B', 'R', 'N', 'W'};
inline constexpr std::size_t header_bytes = 16;
/// Largest body before and after the greeting.
inline constexpr std::uint64_t greeting_limit = std::uint64_t{64} << 10;
inline constexpr std::uint64_t body_limit = std::uint64_t{8} << 30;

enum class Type : std::uint32_t {
  hello = 1,
  welcome = 2,
  cancel = 3,
  error = 4,
  progress = 5,
  log = 6,
  layer = 7,
  preview = 8,
  patch = 9,
  complete_job = 16,
  describe_model = 17,
  plan = 18,
  detect = 19,
  detail = 20,
  status = 21,
  release_memory = 22,
  stop = 23,
  edit_segs = 24,
  segs_mask = 25,
  text = 32,
  result = 33,
  state = 34,
  done = 35,
  mask = 36
};

/// The minor of the protocol that a request came with.
constexpr std::uint32_t minor_of(Type request) {
  return request == Type::edit_segs || request == Type::segs_mask ? 1 : 0;
}

/// Bytes from malloc, so that large ones grow without a copy. Aligned for every tensor.
class Buffer {
 public:
  Buffer() = default;
  /// Throws std::bad_alloc.
  explicit Buffer(std::size_t size) { grow(size); }

  std::byte* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return size_; }
  std::span<const std::byte> bytes() const noexcept { return {data_.get(), size_}; }

  /// What was there stays. Throws std::bad_alloc.
  void grow(std::size_t size);

 private:
  struct Free {
    void operator()(std::byte* bytes) const noexcept { std::free(bytes); }
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_ = 0;
};

struct Frame {
  Type type = Type::error;
  Buffer body;
};

/// Puts frames together from what a stream gives, however it is cut. Memory follows what came, not
/// what a header claims.
class FrameReader {
 public:
  explicit FrameReader(std::uint64_t limit = greeting_limit) : limit_(limit) {}

  /// Bodies from the next frame on.
  void set_limit(std::uint64_t limit) { limit_ = limit; }

  /// Where the next bytes go; never empty. Valid until the next call of any function.
  std::span<std::byte> room();

  /// `count` bytes, at most room().size(), have been put there. True: frame() is complete. Throws
  /// Error (INVALID) for bytes that begin no frame and for a body above the limit.
  bool filled(std::size_t count);

  /// The complete frame; the next begins.
  Frame take();

  /// Whether a frame has begun.
  bool amid() const { return have_ > 0; }

 private:
  void begin_body();

  std::uint64_t limit_;
  std::byte header_[header_bytes] = {};
  std::size_t have_ = 0;  // of header and body
  std::uint64_t length_ = 0;
  Frame frame_;
};

}  // namespace burin::wire
