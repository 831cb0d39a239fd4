// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// ControlNet files of every layout under one set of keys.
#pragma once

#include "nets/layers.hpp"
#include "weights/safetensors.hpp"

namespace burin::core {

enum class ControlKind {
  network,     // a ControlNet's own weights (cldm or diffusers keys), union networks too
  difference,  // its difference from the base's weights
  low_rank,    // low-rank changes of the base's weights (Control-LoRA)
  adapter,     // a T2I adapter
};

// What a file is. Throws Error{BURIN_E_MODEL} with what it looks like instead.
ControlKind control_kind(const Safetensors& file);

// The weights under the checkpoint layout's keys: input_blocks..., zero_convs.N.0...,
// input_hint_block.N..., middle_block_out.0..., union networks' task_embedding...; of an adapter:
// conv_in, body.N... `base` gives the checkpoint's UNet by key (undefined: no such key). Not for
// meta tensors. get() throws Error{BURIN_E_MODEL} naming the tensor.
TensorSource control_source(const Safetensors& file, ControlKind kind,
                            const std::vector<std::string>& base_keys,
                            const std::function<at::Tensor(const std::string& key)>& base);

}  // namespace burin::core
