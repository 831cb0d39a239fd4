// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The format, without any check.
#include "network_file.hpp"

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>

namespace burin::test {
namespace {

using nlohmann::json;

std::string with_length(const std::string& header) {
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header;
}

}  // namespace

NetworkFile read_network_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(stream), {}};
  uint64_t length = 0;
  std::memcpy(&length, all.data(), sizeof length);
  const json header = json::parse(all.substr(8, length));
  NetworkFile tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const uint64_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
    tensors[name] = {entry["dtype"], entry["shape"], all.substr(8 + length + begin, end - begin)};
  }
  return tensors;
}

void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

void write_header(const std::filesystem::path& file, const std::string& header, size_t data_bytes) {
  write_bytes(file, with_length(header) + std::string(data_bytes, '\0'));
}

void write_network_file(const std::filesystem::path& file, const NetworkFile& tensors) {
  json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", tensor.type},
                    {"shape", tensor.shape},
                    {"data_offsets", {data.size(), data.size() + tensor.bytes.size()}}};
    data += tensor.bytes;
  }
  write_bytes(file, with_length(header.dump()) + data);
}

FileTensor tensor_of(std::vector<int64_t> shape, const std::vector<float>& values) {
  return {"F32", std::move(shape),
          std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float))};
}

FileTensor drawn(std::vector<int64_t> shape, float spread, uint32_t seed) {
  size_t count = 1;
  for (const int64_t length : shape) count *= static_cast<size_t>(length);
  std::minstd_rand random(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    value = spread * (static_cast<float>(random() % 20001) / 10000.0F - 1) * 1.7F;
  }
  return tensor_of(std::move(shape), values);
}

NetworkFile drawn_rrdb(int width, int growth, int blocks) {
  NetworkFile file;
  uint32_t seed = 1;
  const auto convolution = [&](const std::string& name, int inputs, int outputs, float share) {
    const float spread = share / std::sqrt(9.0F * static_cast<float>(inputs));
    file[name + ".weight"] = drawn({outputs, inputs, 3, 3}, spread, ++seed);
    file[name + ".bias"] = drawn({outputs}, 0.1F, ++seed);
  };
  convolution("conv_first", 3, width, 1.4F);
  for (int block = 0; block < blocks; ++block) {
    for (int dense = 1; dense <= 3; ++dense) {
      const std::string begin =
          "body." + std::to_string(block) + ".rdb" + std::to_string(dense) + ".conv";
      for (int i = 1; i <= 5; ++i) {
        convolution(begin + std::to_string(i), width + (i - 1) * growth, i < 5 ? growth : width,
                    1.4F);
      }
    }
  }
  for (const char* name : {"conv_body", "conv_up1", "conv_up2", "conv_hr"}) {
    convolution(name, width, width, 1.4F);
  }
  convolution("conv_last", width, 3, 0.2F);
  file["conv_last.bias"] = tensor_of({3}, {0.5F, 0.5F, 0.5F});
  return file;
}

}  // namespace burin::test
