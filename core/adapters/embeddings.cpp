// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Textual inversion files.
#include "adapters/embeddings.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "weights/safetensors.hpp"

namespace burin::core {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostVectors = 1024;

// The folder and those below it, sorted.
std::vector<fs::path> with_those_below(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code code;
  for (fs::recursive_directory_iterator
           at(folder, fs::directory_options::skip_permission_denied, code),
       end;
       !code && at != end; at.increment(code))
    if (std::error_code none; at->is_directory(none)) folders.push_back(at->path());
  std::ranges::sort(folders);
  folders.insert(folders.begin(), folder);
  return folders;
}

bool lies_in(const fs::path& folder, const fs::path& file) {
  const fs::path relative = file.lexically_normal().lexically_relative(folder.lexically_normal());
  return !relative.empty() && *relative.begin() != "..";
}

fs::path find_file(const std::vector<fs::path>& folders, const std::string& name) {
  std::error_code none;
  for (const fs::path& top : folders)
    for (const fs::path& folder : with_those_below(top))
      for (const char* ending : {"", ".safetensors", ".pt", ".bin"}) {
        const fs::path file = folder / (name + ending);
        if (lies_in(folder, file) && fs::is_regular_file(file, none)) return file;
      }
  return {};
}

}  // namespace

at::Tensor read_embedding(const fs::path& path, const std::string& encoder) {
  const Safetensors file = Safetensors::open(path);
  const auto refuse = [&](const std::string& fault) {
    throw Error(BURIN_E_MODEL, compose("The embedding {} {}.", path.string(), fault));
  };
  if (file.entries().empty()) refuse("holds no tensor; a list of vectors was expected");
  const std::string key = file.has(encoder) ? encoder : file.entries().begin()->first;
  const at::Tensor stored = file.tensor(key);
  if (!at::isFloatingType(stored.scalar_type()) || stored.dim() < 1 || stored.dim() > 2 ||
      stored.numel() == 0 || (stored.dim() == 2 && stored.size(0) > kMostVectors))
    refuse(
        compose("has a tensor {} of {} dimensions and {} values; one vector or a list of at "
                "most {} was expected",
                key, stored.dim(), stored.numel(), kMostVectors));
  const at::Tensor vectors =
      (stored.dim() == 1 ? stored.unsqueeze(0) : stored).to(at::kFloat, false, true);
  if (!at::isfinite(vectors).all().item<bool>()) refuse("holds values that are not finite numbers");
  return vectors;
}

at::Tensor Embeddings::find(const std::string& name, const std::string& encoder,
                            std::int64_t width) {
  const auto known = known_.find({name, encoder});
  if (known != known_.end()) return known->second;
  const fs::path file = name.empty() ? fs::path() : find_file(folders_, name);
  at::Tensor vectors;
  if (file.extension() == ".pt" || file.extension() == ".bin")
    throw Error(BURIN_E_UNSUPPORTED,
                compose("The embedding {} is a pickle, and reading one can run code; save its "
                        "vectors as .safetensors, under the key emb_params.",
                        file.string()));
  if (!file.empty()) vectors = read_embedding(file, encoder);
  if (file.empty() && !name.empty() && name.front() != ',' && name.back() != ',')
    run_.warn(
        compose("There is no embedding {} in the {} folders of paths.embeddings; it was left "
                "out of the prompt.",
                name, folders_.size()));
  if (vectors.defined() && vectors.size(1) != width)
    run_.warn(
        compose("The embedding {} has vectors of {} channels, the text encoder {} reads {}; "
                "it was left out of the prompt.",
                name, vectors.size(1), encoder, width));
  return known_[{name, encoder}] = vectors;
}

}  // namespace burin::core
