// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Bodies of frames: a row of fields, each with a number, a kind and a length.
#pragma once

#include <dlpack/dlpack.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/frame.hpp"

namespace burin::wire {

enum class Kind : std::uint8_t { integer = 1, real = 2, text = 3, bytes = 4, tensor = 5 };

/// The numbers of fields; docs/protocol.md says which message has which.
enum class Id : std::uint16_t {
  major = 1,
  minor = 2,
  program = 3,
  version = 4,
  status = 5,
  text = 6,
  fraction = 7,
  seconds_left = 8,
  stage = 9,
  severity = 10,
  job = 16,
  base_dir = 17,
  path = 18,
  masks_name = 19,
  image = 20,
  icc = 21,
  device = 22,
  dtype = 23,
  memory = 24,
  threads = 25,
  data_dir = 26,
  wants = 27,
  id = 32,
  x = 33,
  y = 34,
  width = 35,
  height = 36,
  pixels = 37,
  crop = 38,
  mask = 39,
  name = 40,
  message = 41,
  control = 42,
  drift_before = 43,
  drift_after = 44,
  layer_status = 45,
  report = 46,
  order = 47,
  masks = 48,
  pid = 64,
  uptime = 65,
  idle = 66,
  memory_now = 67,
  memory_peak = 68,
  clients = 69,
  running = 70,
  waiting = 71,
  jobs_done = 72,
  models = 73
};

inline constexpr int most_dimensions = 4;
inline constexpr std::size_t most_fields = 65536;

/// A tensor in a message: C order, packed.
struct TensorField {
  DLDataType dtype = {};
  int ndim = 0;
  std::int64_t shape[most_dimensions] = {};
  const std::byte* data = nullptr;
  std::size_t bytes = 0;

  /// Over the same memory; points into *this.
  DLTensor dl() const;
};

/// Builds one frame. bytes() and tensor() borrow: what they are given lives until the message has
/// been sent or packed.
class Message {
 public:
  explicit Message(Type type);

  Message& integer(Id id, std::int64_t value);
  Message& real(Id id, double value);
  Message& text(Id id, std::string_view value);
  /// Leaves NULL out.
  Message& text_if(Id id, const char* value);
  Message& bytes(Id id, std::span<const std::byte> value);
  /// On the CPU, any strides, at most four dimensions. Throws Error (INVALID).
  Message& tensor(Id id, const DLTensor& tensor);

  Type type() const { return type_; }
  std::uint64_t size() const { return header_bytes + body_; }

  /// The frame, header first, as pieces of memory that live as long as the message.
  std::vector<std::span<const std::byte>> pieces();

  /// The frame in one piece of its own.
  Buffer pack();

 private:
  struct Segment {
    std::string own;
    std::span<const std::byte> borrowed;
  };
  std::string& tail();
  void field(Id id, Kind kind, std::uint64_t length);
  void borrow(const void* data, std::size_t size);
  void pad();

  Type type_;
  std::vector<Segment> segments_;
  std::uint64_t body_ = 0;
};

/// The fields of a body, each checked for length and kind; the values point into the body. A number
/// that is not known is no error.
class Fields {
 public:
  /// Throws Error (INVALID) with what was wrong.
  explicit Fields(std::span<const std::byte> body);

  std::optional<std::int64_t> integer(Id id) const;
  std::optional<double> real(Id id) const;
  std::optional<std::string_view> text(Id id) const;
  std::optional<std::span<const std::byte>> bytes(Id id) const;
  std::optional<TensorField> tensor(Id id) const;
  std::vector<TensorField> tensors(Id id) const;
  std::vector<std::int64_t> integers(Id id) const;

  /// The same, where it must be there. Throws Error (INVALID).
  std::int64_t need_integer(Id id) const;
  std::string_view need_text(Id id) const;
  TensorField need_tensor(Id id) const;

 private:
  struct Field {
    Id id;
    Kind kind;
    std::span<const std::byte> value;
  };
  const Field* find(Id id, Kind kind) const;
  std::vector<Field> fields_;
};

}  // namespace burin::wire
