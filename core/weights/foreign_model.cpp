// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a file is that Burin cannot use as a checkpoint, by the names of its tensors.
#include "weights/foreign_model.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/compose.hpp"
#include "weights/checkpoint_parts.hpp"

namespace burin::core {
namespace {

bool any_part(const TensorFiles& files, std::string_view part) {
  return std::ranges::any_of(files.entries(), [&](const auto& entry) {
    return entry.first.find(part) != std::string::npos;
  });
}

bool is_transformer(const TensorFiles& files) {
  return any_part(files, "double_blocks.") || any_part(files, "joint_blocks.") ||
         any_part(files, "double_layers.");
}

bool is_control_network(const TensorFiles& files) {
  return files.has_prefix("control_model.") || any_part(files, "input_hint_block.") ||
         any_part(files, "controlnet_cond_embedding.");
}

// Files that hold no UNet of Stable Diffusion's kind.
std::string kind_without_unet(const TensorFiles& files) {
  constexpr std::array<std::string_view, 7> adapters{
      ".lora_down.", ".lora_up.", ".lora_A.", ".lora_B.", ".hada_w1_", ".lokr_w", "_lora.down."};
  for (const std::string_view part : adapters)
    if (any_part(files, part)) return "a LoRA, which changes a checkpoint but is none";
  if (is_control_network(files)) return "a ControlNet";
  if (is_transformer(files)) return "a transformer of a newer family (FLUX, SD 3)";
  if (any_part(files, "decoder.up_blocks."))
    return "an autoencoder in the diffusers layout, without a UNet";
  if (any_part(files, "decoder.conv_in.") || any_part(files, "taesd_decoder."))
    return "an autoencoder without a UNet";
  if (any_part(files, "text_model.encoder.layers.") || any_part(files, "transformer.resblocks."))
    return "a text encoder without a UNet";
  if (files.has_prefix("down_blocks."))
    return "a network in the diffusers layout that is no UNet of Stable Diffusion";
  if (files.entries().empty()) return "a file without any tensor";
  return compose("a file of {} tensors of no family that is known here, the first named {}",
                 files.entries().size(), files.entries().begin()->first);
}

}  // namespace

std::optional<std::string> foreign_kind(const TensorFiles& files) {
  if (is_control_network(files)) return "a ControlNet";
  const std::optional<Part> unet = find_unet(files);
  if (!unet) return kind_without_unet(files);
  if (is_transformer(files)) return "a checkpoint of a newer family (FLUX, SD 3)";
  if (any_part(files, "time_stack.") || any_part(files, ".time_mixer."))
    return "a video model (Stable Video Diffusion)";
  if (files.has("cc_projection.weight")) return "a Zero123 checkpoint";
  const auto first = unet->source.shape("input_blocks.0.0.weight");
  if (first && first->size() == 4) {
    const std::int64_t in = (*first)[1];
    if (in != 4 && in != 8 && in != 9)
      return compose("a checkpoint whose UNet takes {} channels", in);
  }
  return std::nullopt;
}

}  // namespace burin::core
