// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Safetensors files, read, changed and written for tests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace burin::test {

struct FileTensor {
  std::string type = "F32";
  std::vector<int64_t> shape;
  std::string bytes;
};

using NetworkFile = std::map<std::string, FileTensor>;

/// A good file.
NetworkFile read_network_file(const std::filesystem::path& file);
void write_network_file(const std::filesystem::path& file, const NetworkFile& tensors);
/// A file of that header and that many bytes after it.
void write_header(const std::filesystem::path& file, const std::string& header, size_t data_bytes);
void write_bytes(const std::filesystem::path& file, const std::string& bytes);

FileTensor tensor_of(std::vector<int64_t> shape, const std::vector<float>& values);
/// Drawn values of deviation `spread`, the same in each run.
FileTensor drawn(std::vector<int64_t> shape, float spread, uint32_t seed);

/// An RRDB network of drawn weights under Real-ESRGAN's names.
NetworkFile drawn_rrdb(int width, int growth, int blocks);

}  // namespace burin::test
