// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Sentences with values in them.
#include "runtime/compose.hpp"

#include <charconv>

namespace burin::core {

std::string compose_text(std::string_view pattern, const std::string* values, std::size_t count) {
  std::string out;
  for (std::size_t used = 0; used < count; ++used) {
    const std::size_t at = pattern.find("{}");
    if (at == std::string_view::npos) break;
    out += pattern.substr(0, at);
    out += values[used];
    pattern.remove_prefix(at + 2);
  }
  return out.append(pattern);
}

std::string number_text(double value) {
  std::array<char, 32> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

}  // namespace burin::core
