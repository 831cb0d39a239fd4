// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A safetensors file: which tensors it holds, and their values as float32.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace burin::esrgan {

enum class StoredType { f32, f16, bf16, other };

struct StoredTensor {
  StoredType type = StoredType::other;
  std::string type_name;  ///< as the file has it
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  ///< bytes of the file
};

/// "[64, 3, 3, 3]"
std::string text_of(const std::vector<int64_t>& shape);

/// Rationale: read, not mapped. Each value is needed once, as float32 in memory of its own, and a
/// file that shrinks while it is read is then an error and not a SIGBUS.
class SafetensorsFile {
 public:
  /// Reads the header; every length, shape and offset is checked against the bytes that are there.
  /// Throws sdk::Error: NOT_FOUND, IO, MODEL.
  explicit SafetensorsFile(const std::string& path);

  const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }
  bool has(const std::string& name) const { return tensors_.count(name) != 0; }

  /// The values, float32, with the tensor's shape. Throws sdk::Error: MODEL (no such tensor,
  /// another type than F32, F16 and BF16), IO.
  cv::Mat values(const std::string& name);

  /// Throws sdk::Error (MODEL): "The network FILE " + what.
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  void read_header();

  std::string path_;
  std::ifstream stream_;
  std::map<std::string, StoredTensor> tensors_;
};

}  // namespace burin::esrgan
