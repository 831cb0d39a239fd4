// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// make_checkpoint FAMILY OUT.safetensors [SEED]
// Writes a checkpoint of the size and layout of a released one (float16; sd15 2.1 GB, sd15-inpaint
// 2.1 GB, sd21 2.6 GB, sdxl 6.9 GB) with random weights: for timing and for memory, where the
// picture does not matter. Written tensor by tensor: a few MB of memory.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "support/released_layouts.hpp"

namespace {

constexpr std::int64_t kTable = std::int64_t{1} << 20;

std::int64_t count_of(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

bool is_norm(const std::string& key) {
  for (const char* part : {"norm", ".in_layers.0.", ".out_layers.0.", "diffusion_model.out.0.",
                           ".ln_1.", ".ln_2.", ".ln_final."})
    if (key.find(part) != std::string::npos) return true;
  return false;
}

// Spread that keeps activations near 1: 1/sqrt(fan in) for matrices, small biases; norms scale
// by 1.
struct Distribution {
  double mean, deviation;
};
Distribution distribution_of(const std::string& key, const std::vector<std::int64_t>& shape) {
  // The bias by which SD 2.1's prediction is told.
  if (key.ends_with("output_blocks.11.1.transformer_blocks.0.norm1.bias")) return {0, 0.2};
  if (shape.size() >= 2)
    return {0, 1 / std::sqrt(static_cast<double>(count_of(shape) / shape.front()))};
  if (is_norm(key)) return {key.ends_with(".weight") ? 1.0 : 0.0, 0};
  return {0, 0.02};
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> families = burin::test::released_families();
  if (argc < 3 || argc > 4 || std::ranges::find(families, argv[1]) == families.end()) {
    std::cerr << "usage: make_checkpoint sd15|sd15-inpaint|sd21|sdxl OUT.safetensors [SEED]\n";
    return 2;
  }
  const burin::test::Manifest tensors = burin::test::released_checkpoint_tensors(argv[1]);
  nlohmann::ordered_json header;
  std::int64_t offset = 0;
  const auto declare = [&](const std::string& key, const char* dtype,
                           const std::vector<std::int64_t>& shape, std::int64_t item) {
    const std::int64_t end = offset + item * count_of(shape);
    header[key] = {{"dtype", dtype}, {"shape", shape}, {"data_offsets", {offset, end}}};
    offset = end;
  };
  for (const auto& [key, shape] : tensors) declare(key, "F16", shape, 2);

  std::ofstream out(argv[2], std::ios::binary);
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out << text;
  const auto write = [&](const at::Tensor& t) {
    out.write(static_cast<const char*>(t.const_data_ptr()),
              static_cast<std::streamsize>(t.nbytes()));
  };

  at::Generator generator = at::detail::createCPUGenerator(argc == 4 ? std::stoull(argv[3]) : 0);
  const at::Tensor table = at::randn({2 * kTable}, generator);
  for (const auto& [key, shape] : tensors) {
    const auto [mean, deviation] = distribution_of(key, shape);
    for (std::int64_t left = count_of(shape); left > 0; left -= kTable) {
      // A stretch of the table from a random place on: fresh numbers for every weight would take
      // minutes.
      const std::int64_t start = at::randint(kTable, {1}, generator).item<std::int64_t>();
      write((table.narrow(0, start, std::min(left, kTable)) * deviation + mean).to(at::kHalf));
    }
  }
  out.flush();
  if (!out) {
    std::cerr << argv[2] << " cannot be written\n";
    return 1;
  }
  std::cout << argv[2] << ": " << tensors.size() << " tensors, " << offset << " bytes\n";
}
