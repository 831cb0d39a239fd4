// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What LoRA files call the weights of a network.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace burin::core {

// The diffusers name of each UNet module: from the key of the checkpoint layout, e.g.
// "input_blocks.1.1.proj_in", to "down_blocks.0.attentions.0.proj_in". keys: those of the UNet,
// with ".weight" or ".bias".
std::map<std::string, std::string> diffusers_names(const std::vector<std::string>& keys);

// Every name that a LoRA file may give a module of a network, by name; the value is the module's
// key, without ".weight". network: "unet", "clip_l", "clip_g", "clip_h". beside_clip_l: the model
// has a CLIP-L too, so that its other encoder is the second one. Names of the released formats:
// kohya, diffusers (attention processors), PEFT, LyCORIS, and the checkpoint's own keys.
std::map<std::string, std::string> lora_names(const std::string& network,
                                              const std::vector<std::string>& keys,
                                              bool beside_clip_l);

}  // namespace burin::core
