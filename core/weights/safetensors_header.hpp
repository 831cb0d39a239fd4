// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The header of a safetensors file, parsed defensively. No tensor library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace burin::core {

enum class StoredType { f64, f32, f16, bf16, f8_e4m3, f8_e5m2, i64, i32, i16, i8, u8, boolean };

std::size_t size_of(StoredType type);
std::string_view name_of(StoredType type);

struct TensorEntry {
  StoredType type{};
  std::vector<std::int64_t> shape;
  std::size_t begin = 0, end = 0;  // bytes from the start of the data section
};

struct SafetensorsHeader {
  std::map<std::string, TensorEntry> tensors;
  std::map<std::string, std::string> metadata;
  std::size_t data_start = 0;  // bytes from the start of the file
};

// `head`: the file's first bytes, at least 8 + header length when that is within the file. Checks:
// header length (at most 100 MB, within the file), JSON, duplicate keys, dtypes, non-negative
// shapes whose product does not overflow, begin <= end <= data size, end - begin = product x dtype
// size, no overlap, no hole. A pickle (zip or \x80) or other format is recognised and the sentence
// says how to convert it. Throws Error{BURIN_E_MODEL}.
SafetensorsHeader parse_safetensors_header(std::string_view head, std::uint64_t file_size,
                                           const std::string& path);

// Bytes of the header that must be read: 8 + length, or throws as above.
std::size_t safetensors_header_size(std::string_view first_8_bytes, std::uint64_t file_size,
                                    const std::string& path);

}  // namespace burin::core
