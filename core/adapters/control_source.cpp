// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// ControlNet files of every layout under one set of keys.
#include "adapters/control_source.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "adapters/lora_names.hpp"
#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "weights/foreign_model.hpp"

namespace burin::core {
namespace {

using Names = std::map<std::string, std::string>;
using Shape = std::vector<std::int64_t>;

const std::string kPrefix = "control_model.";
const std::string kDiffusersHint = "controlnet_cond_embedding.";
const std::string kDiffusersAdapter = "adapter.body.0.resnets.0.block1.weight";

// The names of the parts that a ControlNet has beside the UNet's.
void add_control_names(const Safetensors& file, Names& names) {
  for (int i = 0; file.has(compose("controlnet_down_blocks.{}.weight", i)); ++i)
    names[compose("zero_convs.{}.0", i)] = compose("controlnet_down_blocks.{}", i);
  names["middle_block_out.0"] = "controlnet_mid_block";
  names["input_hint_block.0"] = kDiffusersHint + "conv_in";
  int blocks = 0;
  for (; file.has(compose("{}blocks.{}.weight", kDiffusersHint, blocks)); ++blocks)
    names[compose("input_hint_block.{}", 2 * (blocks + 1))] =
        compose("{}blocks.{}", kDiffusersHint, blocks);
  names[compose("input_hint_block.{}", 2 * (blocks + 1))] = kDiffusersHint + "conv_out";
}

// The key in the file of a key of the checkpoint layout.
std::function<std::string(const std::string&)> key_map(const Safetensors& file, ControlKind kind,
                                                       const std::vector<std::string>& base_keys) {
  if (kind == ControlKind::adapter) {
    if (!file.has(kDiffusersAdapter)) return [](const std::string& key) { return key; };
    return [file](const std::string& key) -> std::string {
      if (!key.starts_with("body.")) return "adapter." + key;
      const std::size_t dot = key.find('.', 5);
      const int index = std::stoi(key.substr(5, dot - 5));
      const std::string rest = key.substr(dot + 1);
      const bool in_block = rest.starts_with("block");
      return in_block ? compose("adapter.body.{}.resnets.{}.{}", index / 2, index % 2, rest)
                      : compose("adapter.body.{}.{}", index / 2, rest);
    };
  }
  if (!file.has(kDiffusersHint + "conv_in.weight")) {
    const std::string prefix = file.has(kPrefix + "zero_convs.0.0.weight") ? kPrefix : "";
    return [prefix](const std::string& key) { return prefix + key; };
  }
  Names names = diffusers_names(base_keys);
  add_control_names(file, names);
  return [names, file](const std::string& key) {
    const std::size_t dot = key.rfind('.');
    const auto found = names.find(key.substr(0, dot));
    if (found != names.end()) return found->second + key.substr(dot);
    const std::string packed = ".attn.in_proj.";
    if (const std::size_t at = key.find(packed); at != std::string::npos && !file.has(key))
      return key.substr(0, at) + ".attn.in_proj_" + key.substr(at + packed.size());
    return key;
  };
}

}  // namespace

ControlKind control_kind(const Safetensors& file) {
  if (file.has("lora_controlnet")) return ControlKind::low_rank;
  if (file.has(kDiffusersHint + "conv_in.weight") || file.has(kPrefix + "zero_convs.0.0.weight") ||
      file.has("zero_convs.0.0.weight"))
    return file.has("difference") && file.has(kPrefix + "zero_convs.0.0.weight")
               ? ControlKind::difference
               : ControlKind::network;
  if (file.has("body.0.in_conv.weight") || file.has("body.0.block1.weight") ||
      file.has(kDiffusersAdapter))
    return ControlKind::adapter;
  const auto newer = [&](const char* part) {
    return std::ranges::any_of(file.entries(), [&](const auto& entry) {
      return entry.first.find(part) != std::string::npos;
    });
  };
  const std::string looks = newer("double_blocks.") || newer("controlnet_blocks.") ||
                                    newer("joint_blocks.") || newer("transformer_blocks.0.norm1_")
                                ? "a control network of a newer family (FLUX, SD 3)"
                                : foreign_kind(TensorFiles::of(file)).value_or("a checkpoint");
  throw Error(BURIN_E_MODEL,
              compose("{} looks like {}; a ControlNet, a Control-LoRA or a T2I adapter of SD 1.x, "
                      "SD 2.x or SDXL was expected.",
                      file.path().string(), looks));
}

TensorSource control_source(const Safetensors& file, ControlKind kind,
                            const std::vector<std::string>& base_keys,
                            const std::function<at::Tensor(const std::string& key)>& base) {
  const auto in_file = key_map(file, kind, base_keys);
  const auto change = [file, in_file](const std::string& key) -> at::Tensor {
    if (!key.ends_with(".weight")) return {};
    const std::string module = in_file(key.substr(0, key.size() - 7) + ".up");
    const std::string down = module.substr(0, module.size() - 3) + ".down";
    if (!file.has(module) || !file.has(down)) return {};
    const at::Tensor u = file.tensor(module).to(at::kFloat), d = file.tensor(down).to(at::kFloat);
    if (u.dim() < 2 || d.dim() < 2 || u.flatten(1).size(1) != d.size(0)) return {};
    return at::mm(u.flatten(1), d.flatten(1));
  };
  TensorSource source;
  source.shape = [file, in_file, kind, base](const std::string& key) -> std::optional<Shape> {
    const auto found = file.entries().find(in_file(key));
    if (found != file.entries().end()) return found->second.shape;
    if (kind != ControlKind::low_rank) return std::nullopt;
    const at::Tensor original = base(key);
    return original.defined() ? std::optional<Shape>(original.sizes().vec()) : std::nullopt;
  };
  source.get = [file, in_file, kind, base, change](const std::string& key, at::IntArrayRef shape) {
    const auto refuse = [&](const std::string& fault) {
      throw Error(BURIN_E_MODEL,
                  compose("{}: tensor {} {}", file.path().string(), in_file(key), fault));
    };
    at::Tensor tensor;
    if (file.has(in_file(key))) tensor = file.tensor(in_file(key));
    const bool from_base =
        kind == ControlKind::difference || (kind == ControlKind::low_rank && !tensor.defined());
    const at::Tensor original = from_base ? base(key) : at::Tensor();
    if (kind == ControlKind::difference && tensor.defined() && original.defined() &&
        original.sizes() == tensor.sizes())
      tensor = tensor.to(at::kFloat) + original.to(at::kCPU, at::kFloat);
    if (kind == ControlKind::low_rank && original.defined()) {
      tensor = original.to(at::kCPU, at::kFloat);
      const at::Tensor delta = change(key);
      if (delta.defined() && delta.numel() != tensor.numel()) refuse("does not fit the checkpoint");
      if (delta.defined()) tensor = tensor + delta.reshape(tensor.sizes());
    }
    if (!tensor.defined()) refuse("is missing");
    if (tensor.sizes() != shape) {
      std::string got, wanted;
      for (const auto size : tensor.sizes()) got += compose("{}{}", got.empty() ? "" : " ", size);
      for (const auto size : shape) wanted += compose("{}{}", wanted.empty() ? "" : " ", size);
      refuse(compose("is [{}] instead of [{}]", got, wanted));
    }
    if (!at::isFloatingType(tensor.scalar_type())) refuse("is not of a floating type");
    return tensor;
  };
  return source;
}

}  // namespace burin::core
