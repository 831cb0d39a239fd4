// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A checkpoint on disk as one set of keys: a safetensors file, shards with their index, or a folder
// in the diffusers layout.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "weights/safetensors.hpp"

namespace burin::core {

class TensorFiles {
 public:
  // A file: its keys. A "*.index.json": the keys of all shards. A folder with unet/, vae/,
  // text_encoder/ or text_encoder_2/: the keys of each with that before them ("unet/conv_in.bias");
  // a folder that is such a part itself: its keys. Half precision is taken where a part is stored
  // twice. Throws what Safetensors::open throws, and Error{BURIN_E_MODEL} for a folder or index
  // that holds no such files, or only pickles.
  static TensorFiles open(const std::filesystem::path& path);
  static TensorFiles of(const Safetensors& file);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, TensorEntry>& entries() const { return entries_; }
  // Of a single file, else empty.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  // nullptr: there is no such key.
  const TensorEntry* find(const std::string& key) const;
  bool has(const std::string& key) const { return find(key) != nullptr; }
  bool has_prefix(std::string_view prefix) const;
  // As Safetensors::tensor.
  at::Tensor tensor(const std::string& key) const;
  // Every file read, for caches.
  std::vector<std::filesystem::path> files() const;

 private:
  void add(const Safetensors& file, const std::string& prefix);
  void add_shards(const std::filesystem::path& index, const std::string& prefix);
  void add_folder(const std::filesystem::path& folder, const std::string& prefix);

  struct Place {
    std::size_t file;
    std::string key;
  };
  std::filesystem::path path_;
  std::vector<Safetensors> files_;
  std::map<std::string, TensorEntry> entries_;
  std::map<std::string, Place> places_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace burin::core
