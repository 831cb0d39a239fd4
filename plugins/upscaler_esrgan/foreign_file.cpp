// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Marks of other formats and of other networks.
#include "foreign_file.hpp"

#include <algorithm>

namespace burin::esrgan {
namespace {

struct Mark {
  std::string_view part;  // of a tensor's name
  std::string_view network;
};

// In this order: the first mark that is found decides.
constexpr Mark marks[] = {
    {"model.diffusion_model.", "a diffusion checkpoint"},
    {"lora_unet", "a LoRA"},
    {"first_stage_model.", "an autoencoder"},
    {"before_RG.", "a DAT network"},
    {".attn.attns.", "a DAT network"},
    {"overlap_attn.", "a HAT network"},
    {"residual_layer.0.residual_layer.", "an OmniSR network"},
    {"relative_position_bias_table", "a SwinIR network"},
    {"attn.logit_scale", "a Swin2SR network"},
    {"residual_group.blocks.", "a SwinIR network"},
    {"block_1.c1_r.", "a SPAN network"},
    {"stylegan_decoder.", "a GFPGAN network"},
    {"quantize.embedding.", "a CodeFormer network"},
    {"conv1x1.weight", "an ESRGAN+ network"},
    {"unet1.conv1.conv.", "a Real-CUGAN network"},
    {"feats.0.", "a network of attention or large kernels (such as SAFMN or PLKSR)"},
    {"cond_embed.", "an SFT-GAN network"},
};

}  // namespace

std::string foreign_format(std::string_view first_bytes) {
  const auto begins = [&](std::string_view with) {
    return first_bytes.substr(0, with.size()) == with;
  };
  if (begins("PK\x03\x04") || begins("\x80\x02")) {
    return "a PyTorch pickle, which may hold any program and is not opened (Python's "
           "safetensors.torch.save_file writes its state_dict as safetensors)";
  }
  if (begins("GGUF")) return "a GGUF file";
  if (begins("\x89HDF")) return "an HDF5 file";
  if (first_bytes.size() > 1 && first_bytes[0] == '\x08' && first_bytes[1] <= '\x0a') {
    // An ONNX file begins with its version, field 1, and its producer's name, field 2.
    if (first_bytes.size() > 2 && first_bytes[2] == '\x12') return "an ONNX file";
  }
  return "";
}

std::string foreign_network(const std::vector<std::string>& names) {
  for (const Mark& mark : marks) {
    const bool found = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return name.find(mark.part) != std::string::npos;
    });
    if (found) return std::string(mark.network);
  }
  return "";
}

}  // namespace burin::esrgan
