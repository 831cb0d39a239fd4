// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Writing fields.
#include "wire/message.hpp"

#include <array>
#include <cstring>

#include "burin/cpp/error.hpp"

namespace burin::wire {

namespace {

template <typename Value>
void append(std::string& to, const Value& value) {
  const auto at = to.size();
  to.resize(at + sizeof value);
  std::memcpy(to.data() + at, &value, sizeof value);
}

// Elements of the innermost dimensions that lie packed, as one run.
struct Runs {
  int outer = 0;  // dimensions to walk over
  std::int64_t length = 1;
};

Runs packed_tail(const DLTensor& t, const std::array<std::int64_t, most_dimensions>& strides) {
  Runs runs{t.ndim, 1};
  while (runs.outer > 0 && (t.shape[runs.outer - 1] == 1 ||
                            strides[static_cast<size_t>(runs.outer - 1)] == runs.length)) {
    runs.length *= t.shape[--runs.outer];
  }
  return runs;
}

}  // namespace

Message::Message(Type type) : type_(type) {
  std::string& head = tail();
  head.append(magic, sizeof magic);
  append(head, static_cast<std::uint32_t>(type));
  append(head, std::uint64_t{0});
}

std::string& Message::tail() {
  if (segments_.empty() || !segments_.back().borrowed.empty()) segments_.emplace_back();
  return segments_.back().own;
}

void Message::field(Id id, Kind kind, std::uint64_t length) {
  std::string& to = tail();
  append(to, static_cast<std::uint16_t>(id));
  append(to, static_cast<std::uint8_t>(kind));
  append(to, std::uint8_t{0});
  append(to, std::uint32_t{0});
  append(to, length);
  body_ += 16 + length;
}

void Message::borrow(const void* data, std::size_t size) {
  if (size == 0) return;
  segments_.push_back({{}, {static_cast<const std::byte*>(data), size}});
}

void Message::pad() {
  const std::size_t missing = static_cast<std::size_t>(-body_ & 7);
  tail().append(missing, '\0');
  body_ += missing;
}

Message& Message::integer(Id id, std::int64_t value) {
  field(id, Kind::integer, sizeof value);
  append(tail(), value);
  return *this;
}

Message& Message::real(Id id, double value) {
  field(id, Kind::real, sizeof value);
  append(tail(), value);
  return *this;
}

Message& Message::text(Id id, std::string_view value) {
  field(id, Kind::text, value.size());
  tail().append(value);
  pad();
  return *this;
}

Message& Message::text_if(Id id, const char* value) { return value ? text(id, value) : *this; }

Message& Message::bytes(Id id, std::span<const std::byte> value) {
  field(id, Kind::bytes, value.size());
  borrow(value.data(), value.size());
  pad();
  return *this;
}

Message& Message::tensor(Id id, const DLTensor& t) {
  const std::size_t element = t.dtype.bits / 8u;
  if (t.ndim < 0 || t.ndim > most_dimensions || t.dtype.lanes != 1 || element == 0 ||
      t.device.device_type != kDLCPU) {
    throw sdk::Error(BURIN_E_INVALID,
                     "A tensor cannot be sent: it has " + std::to_string(t.ndim) +
                         " dimensions of " + std::to_string(t.dtype.bits) +
                         " bits; expected at most 4 dimensions of whole bytes in main memory.");
  }
  std::array<std::int64_t, most_dimensions> strides = {};
  std::uint64_t count = 1;
  std::int64_t packed = 1;
  for (int d = t.ndim - 1; d >= 0; --d) {
    if (t.shape[d] < 0 ||
        (t.shape[d] > 0 && count > body_limit / static_cast<std::uint64_t>(t.shape[d]))) {
      throw sdk::Error(BURIN_E_INVALID, "A tensor cannot be sent: dimension " + std::to_string(d) +
                                            " is " + std::to_string(t.shape[d]) +
                                            ", which is negative or too large.");
    }
    strides[static_cast<size_t>(d)] = t.strides ? t.strides[d] : packed;
    count *= static_cast<std::uint64_t>(t.shape[d]);
    packed *= t.shape[d];
  }
  field(id, Kind::tensor, 8 + 8 * static_cast<std::uint64_t>(t.ndim) + count * element);
  std::string& head = tail();
  append(head, t.dtype.code);
  append(head, t.dtype.bits);
  append(head, static_cast<std::uint8_t>(t.ndim));
  head.append(5, '\0');
  for (int d = 0; d < t.ndim; ++d) append(head, t.shape[d]);

  const auto* base = static_cast<const std::byte*>(t.data) + t.byte_offset;
  const Runs runs = packed_tail(t, strides);
  std::array<std::int64_t, most_dimensions> at = {};
  const std::size_t run_bytes = static_cast<std::size_t>(runs.length) * element;
  for (std::uint64_t left = run_bytes == 0 ? 0 : count * element / run_bytes; left > 0; --left) {
    std::int64_t offset = 0;
    for (int d = 0; d < runs.outer; ++d)
      offset += at[static_cast<size_t>(d)] * strides[static_cast<size_t>(d)];
    borrow(base + offset * static_cast<std::int64_t>(element), run_bytes);
    for (int d = runs.outer - 1; d >= 0 && ++at[static_cast<size_t>(d)] == t.shape[d]; --d)
      at[static_cast<size_t>(d)] = 0;
  }
  pad();
  return *this;
}

std::vector<std::span<const std::byte>> Message::pieces() {
  std::string& head = segments_.front().own;
  std::memcpy(head.data() + 8, &body_, sizeof body_);
  std::vector<std::span<const std::byte>> all;
  all.reserve(segments_.size());
  for (const Segment& segment : segments_) {
    const auto piece =
        segment.borrowed.empty() ? std::as_bytes(std::span(segment.own)) : segment.borrowed;
    if (!piece.empty()) all.push_back(piece);
  }
  return all;
}

Buffer Message::pack() {
  Buffer packed(static_cast<std::size_t>(size()));
  std::byte* to = packed.data();
  for (const auto piece : pieces()) {
    std::memcpy(to, piece.data(), piece.size());
    to += piece.size();
  }
  return packed;
}

}  // namespace burin::wire
