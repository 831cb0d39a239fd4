// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Files, shards and folders joined into one set of keys.
#include "weights/tensor_files.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <set>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "runtime/json_text.hpp"

namespace burin::core {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kIndexEnd = ".safetensors.index.json";

[[noreturn]] void refuse(const fs::path& path, const std::string& sentence) {
  throw Error(BURIN_E_MODEL, compose("{} {}", path.string(), sentence));
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code))
    if (it->is_regular_file(code)) files.push_back(it->path());
  if (code)
    throw Error(BURIN_E_IO, compose("{} cannot be listed: {}", folder.string(), code.message()));
  std::ranges::sort(files);
  return files;
}

bool has_end(const fs::path& file, std::string_view end) {
  return file.filename().string().ends_with(end);
}

bool in_half_precision(const fs::path& file) {
  return file.filename().string().find("fp16") != std::string::npos;
}

// The file of a part: an index of shards before the one file, half precision before single.
const fs::path* part_file(const std::vector<fs::path>& files) {
  for (const bool half : {true, false}) {
    const auto index = std::ranges::find_if(files, [&](const fs::path& f) {
      return has_end(f, kIndexEnd) && in_half_precision(f) == half;
    });
    if (index != files.end()) return &*index;
    const auto whole = std::ranges::find_if(files, [&](const fs::path& f) {
      return has_end(f, ".safetensors") && in_half_precision(f) == half &&
             f.filename().string().find("-of-") == std::string::npos;
    });
    if (whole != files.end()) return &*whole;
  }
  return nullptr;
}

}  // namespace

TensorFiles TensorFiles::of(const Safetensors& file) {
  TensorFiles all;
  all.path_ = file.path();
  all.add(file, "");
  all.metadata_ = file.metadata();
  return all;
}

TensorFiles TensorFiles::open(const fs::path& path) {
  std::error_code code;
  if (!fs::is_directory(path, code)) {
    if (!has_end(path, kIndexEnd)) return of(Safetensors::open(path));
    TensorFiles all;
    all.path_ = path;
    all.add_shards(path, "");
    return all;
  }
  TensorFiles all;
  all.path_ = path;
  for (const char* part : {"unet", "vae", "text_encoder", "text_encoder_2"})
    if (fs::is_directory(path / part, code)) all.add_folder(path / part, std::string(part) + "/");
  if (!all.files_.empty()) return all;
  if (fs::is_directory(path / "transformer", code))
    refuse(path,
           "is a diffusers folder of a transformer family (FLUX, SD 3); Stable Diffusion 1.x, "
           "2.x and XL are supported");
  all.add_folder(path, "");
  return all;
}

void TensorFiles::add(const Safetensors& file, const std::string& prefix) {
  const std::size_t index = files_.size();
  files_.push_back(file);
  for (const auto& [key, entry] : file.entries()) {
    if (!entries_.emplace(prefix + key, entry).second)
      refuse(path_, compose("holds {} twice, in {} and another file", prefix + key,
                            file.path().filename().string()));
    places_.emplace(prefix + key, Place{index, key});
  }
}

void TensorFiles::add_shards(const fs::path& index, const std::string& prefix) {
  const json document = read_json_file(index, {BURIN_E_MODEL, index.string(), false});
  const auto map = document.is_object() ? document.find("weight_map") : document.end();
  if (!document.is_object() || map == document.end() || !map->is_object() || map->empty())
    refuse(index, "has no weight_map; the index of a sharded model was expected");
  std::set<std::string> shards;
  for (const auto& [key, file] : map->items()) {
    const std::string name = file.is_string() ? file.get<std::string>() : "";
    if (name.empty() || name != fs::path(name).filename().string() || name == "..")
      refuse(index, compose("places {} in {}; the name of a file beside it was expected", key,
                            file.dump()));
    shards.insert(name);
  }
  for (const std::string& shard : shards)
    add(Safetensors::open(index.parent_path() / shard), prefix);
  for (const auto& [key, file] : map->items())
    if (!has(prefix + key))
      refuse(index,
             compose("lists {} in {}, which does not hold it", key, file.get<std::string>()));
}

void TensorFiles::add_folder(const fs::path& folder, const std::string& prefix) {
  const std::vector<fs::path> files = files_in(folder);
  const fs::path* file = part_file(files);
  if (file == nullptr) {
    const bool pickle = std::ranges::any_of(files, [](const fs::path& f) {
      return has_end(f, ".bin") || has_end(f, ".pt") || has_end(f, ".ckpt");
    });
    refuse(folder, pickle ? "holds pickles only; convert them to safetensors first"
                          : "holds no safetensors file; a diffusers folder was expected");
  }
  if (has_end(*file, kIndexEnd))
    add_shards(*file, prefix);
  else
    add(Safetensors::open(*file), prefix);
}

const TensorEntry* TensorFiles::find(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

bool TensorFiles::has_prefix(std::string_view prefix) const {
  const auto first = entries_.lower_bound(std::string(prefix));
  return first != entries_.end() && first->first.starts_with(prefix);
}

at::Tensor TensorFiles::tensor(const std::string& key) const {
  const auto found = places_.find(key);
  if (found == places_.end()) refuse(path_, "has no tensor " + key);
  return files_[found->second.file].tensor(found->second.key);
}

std::vector<fs::path> TensorFiles::files() const {
  std::vector<fs::path> paths;
  for (const Safetensors& file : files_) paths.push_back(file.path());
  return paths;
}

}  // namespace burin::core
