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

bool any_key(const Safetensors& file, auto&& matches) {
  return std::ranges::any_of(file.entries(),
                             [&](const auto& entry) { return matches(entry.first); });
}
bool any_prefix(const Safetensors& file, std::string_view prefix) {
  const auto first = file.entries().lower_bound(std::string(prefix));
  return first != file.entries().end() && first->first.starts_with(prefix);
}
bool any_part(const Safetensors& file, std::string_view part) {
  return any_key(file, [&](const std::string& key) { return key.find(part) != std::string::npos; });
}

// Files that hold no UNet under a checkpoint's prefix.
std::string kind_without_unet(const Safetensors& file) {
  constexpr std::array<std::string_view, 7> adapters{
      ".lora_down.", ".lora_up.", ".lora_A.", ".lora_B.", ".hada_w1_", ".lokr_w", "_lora.down."};
  for (const std::string_view part : adapters)
    if (any_part(file, part)) return "a LoRA, which changes a checkpoint but is none";
  if (any_prefix(file, "control_model.") || any_part(file, "input_hint_block.") ||
      any_part(file, "controlnet_cond_embedding."))
    return "a ControlNet";
  if (any_part(file, "double_blocks.") || any_part(file, "joint_blocks."))
    return "a transformer of a newer family (FLUX, SD 3)";
  if (any_prefix(file, "down_blocks.")) return "a UNet in the diffusers layout";
  if (any_part(file, "decoder.up_blocks.")) return "an autoencoder in the diffusers layout";
  if (any_prefix(file, "input_blocks.")) return "a UNet without the rest of its checkpoint";
  if (any_part(file, "decoder.conv_in.") || any_part(file, "taesd_decoder."))
    return "an autoencoder without a UNet";
  if (any_part(file, "text_model.encoder.layers.") || any_part(file, "transformer.resblocks."))
    return "a text encoder without a UNet";
  if (file.entries().empty()) return "a file without any tensor";
  return compose("a file of {} tensors of no family that is known here, the first named {}",
                 file.entries().size(), file.entries().begin()->first);
}

bool has_matrix_projection(const Safetensors& file) {
  return any_key(file, [&](const std::string& key) {
    return key.starts_with(kUNetPrefix) && key.ends_with(".proj_in.weight") &&
           file.entries().at(key).shape.size() == 2;
  });
}

}  // namespace

std::optional<std::string> foreign_kind(const Safetensors& file) {
  const std::string unet = kUNetPrefix;
  if (!any_prefix(file, unet)) return kind_without_unet(file);
  if (any_part(file, "double_blocks.") || any_part(file, "joint_blocks."))
    return "a checkpoint of a newer family (FLUX, SD 3)";
  if (any_prefix(file, "conditioner.embedders.1.")) return "an SDXL checkpoint";
  if (any_prefix(file, "conditioner.")) return "an SDXL refiner";
  if (any_prefix(file, unet + "label_emb.")) return "a checkpoint of the SDXL kind";
  if (any_prefix(file, "cond_stage_model.model.") || has_matrix_projection(file))
    return "an SD 2.x checkpoint";

  const auto first = file.entries().find(unet + "input_blocks.0.0.weight");
  if (first != file.entries().end() && first->second.shape.size() == 4) {
    const std::int64_t in = first->second.shape[1];
    if (in == 9) return "an inpainting checkpoint (9 input channels)";
    if (in == 8) return "an InstructPix2Pix checkpoint (8 input channels)";
    if (in != 4) return compose("a checkpoint whose UNet takes {} channels", in);
  }
  if (!any_prefix(file, kTextPrefix)) return "a UNet without its text encoder";
  return std::nullopt;
}

}  // namespace burin::core
