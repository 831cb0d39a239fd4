// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Tensors as a network's graph passes them on: float32 or whole numbers, in C order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "burin/cpp/error.hpp"

namespace burin::yolo {

using Shape = std::vector<int64_t>;

/// More elements than this in one tensor are refused: 1 GiB of float32.
constexpr int64_t most_elements = int64_t{1} << 28;

[[noreturn]] inline void refuse_model(const std::string& sentence) {
  throw sdk::Error(BURIN_E_MODEL, sentence);
}

inline std::string text_of(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

/// The number of elements. Throws sdk::Error (MODEL) for a negative length or too many elements.
inline int64_t count_of(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t length : shape) {
    if (length < 0 || (length > 0 && count > most_elements / length)) {
      refuse_model("The network has a tensor of shape " + text_of(shape) +
                   "; expected are at most 2^28 elements.");
    }
    count *= length;
  }
  return count;
}

/// Copies share their elements, which nothing writes to once the value is made.
struct Value {
  Shape shape;
  std::shared_ptr<std::vector<float>> floats;    ///< one of the two holds
  std::shared_ptr<std::vector<int64_t>> wholes;  ///

  bool is_float() const { return floats != nullptr; }
  int64_t count() const { return count_of(shape); }
  int rank() const { return static_cast<int>(shape.size()); }

  static Value of_floats(Shape shape) {
    const auto count = static_cast<size_t>(count_of(shape));
    return {std::move(shape), std::make_shared<std::vector<float>>(count), nullptr};
  }
  static Value of_wholes(Shape shape) {
    const auto count = static_cast<size_t>(count_of(shape));
    return {std::move(shape), nullptr, std::make_shared<std::vector<int64_t>>(count)};
  }
  static Value of_kind(const Value& like, Shape shape) {
    return like.is_float() ? of_floats(std::move(shape)) : of_wholes(std::move(shape));
  }
};

}  // namespace burin::yolo
