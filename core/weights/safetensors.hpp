// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Safetensors files as tensors: mapped for reading, written whole and renamed.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weights/safetensors_header.hpp"

namespace burin::core {

// Safe to read from several threads. The file must not be truncated while it is mapped.
class Safetensors {
 public:
  // Throws Error{BURIN_E_NOT_FOUND, BURIN_E_IO, BURIN_E_MODEL}.
  static Safetensors open(const std::filesystem::path& path);

  const std::map<std::string, TensorEntry>& entries() const;
  const std::map<std::string, std::string>& metadata() const;
  const std::filesystem::path& path() const;
  bool has(const std::string& key) const;
  // A CPU tensor over the mapped bytes in its stored type (unaligned data is copied); the mapping
  // lives as long as any tensor, and a tensor's pages are given back with it: a checkpoint
  // converted tensor by tensor never stands in memory twice. Read only: writing to it ends the
  // process. Throws Error{BURIN_E_MODEL} naming the key.
  at::Tensor tensor(const std::string& key) const;

 private:
  struct Mapping;
  std::shared_ptr<const Mapping> mapping_;
};

// Writes to a temporary beside `path`, then renames: on any failure the old file stays as it was
// and the temporary goes. Tensors in the given order, any device and strides. Throws
// Error{BURIN_E_IO}, and Error{BURIN_E_INVALID} for a key given twice or a dtype that the format
// does not have.
void write_safetensors(const std::filesystem::path& path,
                       const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace burin::core
