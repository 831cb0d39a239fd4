// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The key forms of LoRA files.
#include "adapters/lora_file.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

using std::string_view;

constexpr std::array<std::pair<string_view, string_view>, 36> kEndings{{
    {".lora_up.weight", "up"},
    {".lora_down.weight", "down"},
    {".lora_mid.weight", "mid"},
    {"_lora.up.weight", "up"},
    {"_lora.down.weight", "down"},
    {".lora.up.weight", "up"},
    {".lora.down.weight", "down"},
    {".lora_linear_layer.up.weight", "up"},
    {".lora_linear_layer.down.weight", "down"},
    {".lora_B.default.weight", "up"},
    {".lora_A.default.weight", "down"},
    {".lora_B.weight", "up"},
    {".lora_A.weight", "down"},
    {".lora_magnitude_vector.default.weight", "dora"},
    {".lora_magnitude_vector.weight", "dora"},
    {".lora_magnitude_vector", "dora"},
    {".dora_scale", "dora"},
    {".alpha", "alpha"},
    {".hada_w1_a", "w1_a"},
    {".hada_w1_b", "w1_b"},
    {".hada_w2_a", "w2_a"},
    {".hada_w2_b", "w2_b"},
    {".hada_t1", "t1"},
    {".hada_t2", "t2"},
    {".lokr_w1", "k1"},
    {".lokr_w2", "k2"},
    {".lokr_w1_a", "k1_a"},
    {".lokr_w1_b", "k1_b"},
    {".lokr_w2_a", "k2_a"},
    {".lokr_w2_b", "k2_b"},
    {".lokr_t2", "kt2"},
    {".diff", "diff"},
    {".diff_b", "diff_b"},
    {".set_weight", "set_weight"},
    {".w_norm", "w_norm"},
    {".b_norm", "b_norm"},
}};

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& sentence) {
  throw Error(BURIN_E_MODEL, compose("the LoRA {} {}", path.string(), sentence));
}

void check_values(const std::filesystem::path& path, const std::string& key,
                  const at::Tensor& tensor) {
  if (!at::isFloatingType(tensor.scalar_type()))
    refuse(path, compose("has no floating numbers in {}; they were expected", key));
  if (key.ends_with(".alpha") && tensor.numel() != 1)
    refuse(path, compose("has {} values in {}; one was expected", tensor.numel(), key));
  if (!at::isfinite(tensor.to(at::kFloat)).all().item<bool>())
    refuse(path, compose("has values in {} that are not finite numbers", key));
}

bool any_name(const LoraFile& file, string_view part) {
  return std::ranges::any_of(file.changes, [&](const auto& change) {
    return change.first.find(part) != std::string::npos;
  });
}

// The width of the context that cross-attention reads, 0 where the file does not tell.
std::int64_t context_width(const LoraFile& file) {
  for (const auto& [name, change] : file.changes) {
    if (name.find("attn2") == std::string::npos ||
        (!name.ends_with("to_k") && !name.ends_with("to_v")))
      continue;
    for (const char* role : {"down", "w1_b", "diff"})
      if (const auto found = change.find(role); found != change.end() && found->second.dim() >= 2)
        return found->second.size(1);
  }
  return 0;
}

}  // namespace

LoraFile open_lora(const std::filesystem::path& path) {
  const Safetensors file = Safetensors::open(path);
  LoraFile lora;
  lora.path = path;
  for (const auto& [key, entry] : file.entries()) {
    const auto ending = std::ranges::find_if(
        kEndings, [&key = key](const auto& e) { return key.ends_with(e.first); });
    if (ending == kEndings.end() || key.size() == ending->first.size()) {
      if (!key.starts_with("bundle_emb.")) lora.unread.push_back(key);
      continue;
    }
    const at::Tensor tensor = file.tensor(key);
    check_values(path, key, tensor);
    string_view name = string_view(key).substr(0, key.size() - ending->first.size());
    for (const string_view wrapper : {"base_model.model.", "diffusion_model.model."})
      if (name.starts_with(wrapper)) name.remove_prefix(wrapper.size());
    lora.changes[std::string(name)].emplace(ending->second, tensor);
  }
  if (lora.changes.empty())
    refuse(path, compose("has {} tensors and none that changes a weight; names such as "
                         "lora_unet_..._to_q.lora_down.weight were expected",
                         file.entries().size()));
  return lora;
}

std::string likely_family(const LoraFile& file) {
  if (any_name(file, "double_blocks") || any_name(file, "single_blocks") ||
      any_name(file, "single_transformer_blocks"))
    return "FLUX";
  if (any_name(file, "joint_blocks")) return "SD 3";
  switch (context_width(file)) {
    case 768:
      return "SD 1.x";
    case 1024:
      return "SD 2.x";
    case 1280:
      return "the SDXL refiner";
    case 2048:
      return "SDXL";
    default:
      break;
  }
  if (any_name(file, "lora_te2_") || any_name(file, "text_encoder_2.")) return "SDXL";
  return {};
}

}  // namespace burin::core
