// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The arithmetic of LoRA and its relatives on one weight.
#pragma once

#include <string>

#include "adapters/lora_file.hpp"

namespace burin::core {

// Whether the change is of the tensor itself or, where `bias`, of the bias beside it (diff_b,
// b_norm).
bool changes(const WeightChange& change, bool bias);

// Why the change does not fit a weight of this shape, or that its parts do not fit each other, as
// the end of a sentence; empty: it fits.
std::string misfit(const WeightChange& change, at::IntArrayRef shape, bool bias);

// The changed weight, float32 of the weight's shape and device; weight float32. The change fits.
// strength scales it; all in float32, with alpha / rank as the scale where alpha is given, else 1.
// Sources: Hu et al. 2021 (LoRA); Yeh et al. 2023, "Navigating Text-To-Image Customization: From
// LyCORIS Fine-Tuning to Model Evaluation" (LoCon, LoHa, LoKr); Liu et al. 2024 (DoRA). impact
// behaviour: DoRA's magnitude, where it has a value for each row, is compared with the rows of the
// unchanged weight, else with the input channels of the changed one.
at::Tensor merged_weight(const at::Tensor& weight, const WeightChange& change, double strength,
                         bool bias);

}  // namespace burin::core
