// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Tensors to give to a module: in odd layouts, up against a page that must not be touched, and
// watched for writes.
#pragma once

#include <dlpack/dlpack.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "random.hpp"

namespace burin::check {

enum class Layout {
  packed,    ///< C order; strides NULL
  padded,    ///< rows further apart than they are long
  offset,    ///< C order, byte_offset above 0
  flipped,   ///< the first dimension runs backwards: a negative stride
  permuted,  ///< the last dimension is outermost in memory, as in planar pictures
};
const char* name_of(Layout layout);

constexpr DLDataType u8_type = {kDLUInt, 8, 1};
constexpr DLDataType f32_type = {kDLFloat, 32, 1};

/// Elements of 1, 2, 4 or 8 bytes on the CPU. Behind the last byte lies a page without access.
class TestTensor {
 public:
  TestTensor(DLDataType dtype, std::vector<std::int64_t> shape, Layout layout = Layout::packed);
  TestTensor(const TestTensor&) = delete;
  TestTensor& operator=(const TestTensor&) = delete;
  TestTensor(TestTensor&&) noexcept;
  TestTensor& operator=(TestTensor&&) = delete;
  ~TestTensor();

  DLTensor* dl() { return &dl_; }
  const DLTensor* dl() const { return &dl_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }
  std::int64_t size() const;  ///< number of elements

  /// value: 0..1, stored as that (float32) or times 255 (uint8). index: in C order.
  void set(std::int64_t index, double value);
  double get(std::int64_t index) const;  ///< as stored

  /// Remembers every byte, those between elements too.
  void watch();
  /// The first byte that is not as watched, in words; "" when there is none.
  std::string change() const;

 private:
  std::size_t position(std::int64_t index) const;

  std::vector<std::int64_t> shape_, strides_;
  DLTensor dl_ = {};
  std::uint8_t* pages_ = nullptr;
  std::size_t page_bytes_ = 0, bytes_ = 0, element_ = 1;
  std::uint8_t* begin_ = nullptr;  ///< of bytes_ bytes
  std::vector<std::uint8_t> watched_;
};

enum class Paint {
  scene,  ///< a light ground, some shapes, a schematic face: something to find, or not
  noise,
  blank,
  step,  ///< dark left, light right
};

/// Fills [h, w], [h, w, c] or anything else with values in 0..1, the same for the same seed.
void paint(TestTensor& tensor, Paint what, std::uint64_t seed);

/// What is wrong with `tensor` as a float32 CPU tensor in C order of this shape; "" when nothing
/// is.
std::string form_fault(const DLTensor& tensor, const std::vector<std::int64_t>& shape);

/// Whether the elements of both lie between the same addresses somewhere.
bool share_memory(const DLTensor& a, const DLTensor& b);

/// The bytes of all elements in C order. The form was checked.
std::string bytes_of(const DLTensor& tensor);

/// The elements of a float32 tensor in C order. The form was checked.
std::vector<float> floats_of(const DLTensor& tensor);

}  // namespace burin::check
