// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Small checkpoints in the released file layouts, rebuilt from a list of keys and shapes.
#include "support/tiny_model.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/formula.hpp"
#include "weights/safetensors.hpp"

namespace burin::test {
namespace {

// The tensor ends with `name`, but belongs to the encoder's side.
bool is_quant_conv(const std::string& key, const std::string& part) {
  return key.ends_with("quant_conv." + part) && !key.ends_with("post_quant_conv." + part);
}

}  // namespace

Manifest read_manifest(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path.string() + " cannot be read");
  Manifest manifest;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string key;
    if (!(fields >> key)) continue;
    std::vector<std::int64_t> shape;
    for (std::int64_t size = 0; fields >> size;) shape.push_back(size);
    manifest.emplace_back(key, shape);
  }
  return manifest;
}

at::Tensor tiny_weight(const std::string& key, at::IntArrayRef shape, const std::string& salt) {
  const std::int64_t count = c10::multiply_integers(shape);
  std::vector<double> values = formula_stream(salt + key, static_cast<std::size_t>(count));
  const bool matrix = shape.size() >= 2;
  const double root = matrix ? std::sqrt(static_cast<double>(count / shape[0])) : 1;
  for (double& v : values)
    v = matrix ? v / root : (key.ends_with(".weight") ? 1 + 0.1 * v : 0.1 * v);
  const std::size_t half = values.size() / 2;
  if (is_quant_conv(key, "weight"))
    std::fill(values.begin() + static_cast<long>(half), values.end(), 0.0);
  if (is_quant_conv(key, "bias"))
    std::fill(values.begin() + static_cast<long>(half), values.end(), -30.0);
  return at::from_blob(values.data(), shape, at::kDouble).to(at::kFloat).to(at::kHalf);
}

std::vector<std::pair<std::string, at::Tensor>> tiny_tensors(const Manifest& manifest,
                                                             const std::string& salt) {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const auto& [key, shape] : manifest)
    tensors.emplace_back(key, tiny_weight(key, shape, salt));
  return tensors;
}

void write_tiny_model(const std::filesystem::path& manifest, const std::filesystem::path& out,
                      const std::string& salt, const std::map<std::string, std::string>& metadata) {
  burin::core::write_safetensors(out, tiny_tensors(read_manifest(manifest), salt), metadata);
}

void write_tiny_lora(const std::filesystem::path& manifest, const std::filesystem::path& out) {
  auto tensors = tiny_tensors(read_manifest(manifest));
  for (auto& [key, tensor] : tensors)
    if (key.ends_with(".alpha")) tensor = at::full_like(tensor, 2);
  burin::core::write_safetensors(out, tensors);
}

}  // namespace burin::test
