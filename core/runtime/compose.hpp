// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Sentences with values in them. (libtorch's headers bring an fmt of their own, which no library on
// the system matches.)
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <type_traits>

namespace burin::core {

// Replaces each "{}" of the pattern by the next value; what is left over on either side is dropped
// or stays as it is.
std::string compose_text(std::string_view pattern, const std::string* values, std::size_t count);

// The shortest text that reads back as the same number.
std::string number_text(double value);

template <class Value>
std::string value_text(const Value& value) {
  if constexpr (std::is_floating_point_v<Value>)
    return number_text(value);
  else if constexpr (std::is_arithmetic_v<Value>)
    return std::to_string(value);
  else
    return std::string(std::string_view(value));
}

template <class... Values>
std::string compose(std::string_view pattern, const Values&... values) {
  const std::array<std::string, sizeof...(Values)> texts{value_text(values)...};
  return compose_text(pattern, texts.data(), texts.size());
}

}  // namespace burin::core
