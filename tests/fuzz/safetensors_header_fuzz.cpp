// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Any bytes as a safetensors file: an Error, or a header whose tensors tile the data exactly.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "runtime/error.hpp"
#include "runtime/text.hpp"
#include "weights/safetensors_header.hpp"

using namespace burin::core;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  try {
    const auto header = parse_safetensors_header(file, size, "fuzz.ckpt");
    std::size_t bytes = 0;
    for (const auto& [name, entry] : header.tensors) {
      std::size_t expected = size_of(entry.type);
      for (std::int64_t length : entry.shape) expected *= static_cast<std::size_t>(length);
      if (entry.end - entry.begin != expected || header.data_start + entry.end > size) std::abort();
      bytes += expected;
    }
    if (header.data_start + bytes != size) std::abort();
  } catch (const Error& error) {
    if (invalid_utf8_at(error.what())) std::abort();
  }
  return 0;
}
