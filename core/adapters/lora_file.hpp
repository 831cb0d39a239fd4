// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A LoRA file (or a relative of it) as changes to named weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "weights/safetensors.hpp"

namespace burin::core {

// What a file holds of one weight, by role:
//   up, down, mid             low rank (LoRA, LoCon; mid: the kernel between both)
//   w1_a w1_b w2_a w2_b t1 t2 Hadamard product of two low ranks (LoHa)
//   k1 k2 k1_a k1_b k2_a k2_b kt2   Kronecker product (LoKr)
//   diff diff_b w_norm b_norm added as they are;  set_weight   put in place of the weight
//   alpha, dora               scale of the low rank; magnitude of the changed weight (DoRA)
using WeightChange = std::map<std::string, at::Tensor, std::less<>>;

struct LoraFile {
  std::filesystem::path path;
  std::map<std::string, WeightChange, std::less<>> changes;  // by the file's own name of the weight
  std::vector<std::string> unread;                           // keys that are none of the above
};

// Opens a safetensors file whose keys are in the kohya, diffusers, PEFT or LyCORIS form. Tensors
// stay mapped in their stored type. Throws what Safetensors::open throws, and Error{BURIN_E_MODEL}
// for a file without any change, one with values that are not finite, or an alpha that is no
// number.
LoraFile open_lora(const std::filesystem::path& path);

// The family a file was made for as its names and widths tell, e.g. "SDXL"; empty: not clear.
std::string likely_family(const LoraFile& file);

}  // namespace burin::core
