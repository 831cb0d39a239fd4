// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Small checkpoints in the released file layouts, rebuilt from a list of keys and shapes.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace burin::test {

using Manifest = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

// Lines "KEY SIZE SIZE ...". Throws std::runtime_error naming the file.
Manifest read_manifest(const std::filesystem::path& path);

// float16. The formula of support/formula.hpp over SALT + KEY; the log-variance half of an
// autoencoder's quant_conv is 0 with a bias of -30, so that its posterior is its mean.
at::Tensor tiny_weight(const std::string& key, at::IntArrayRef shape, const std::string& salt = "");

std::vector<std::pair<std::string, at::Tensor>> tiny_tensors(const Manifest& manifest,
                                                             const std::string& salt = "");

// The safetensors file of a manifest.
void write_tiny_model(const std::filesystem::path& manifest, const std::filesystem::path& out,
                      const std::string& salt = "",
                      const std::map<std::string, std::string>& metadata = {});

// The same for a LoRA: every alpha is 2.
void write_tiny_lora(const std::filesystem::path& manifest, const std::filesystem::path& out);

}  // namespace burin::test
