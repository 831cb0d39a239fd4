// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The networks inside a checkpoint file: how each is named there, and what of it is missing.
#pragma once

#include <string>
#include <vector>

#include "nets/layers.hpp"
#include "weights/safetensors.hpp"

namespace burin::core {

inline constexpr const char* kUNetPrefix = "model.diffusion_model.";
inline constexpr const char* kAutoencoderPrefix = "first_stage_model.";
inline constexpr const char* kTextPrefix = "cond_stage_model.transformer.";

// Tensors KEY stored as PREFIX + KEY. get() throws Error{BURIN_E_MODEL} naming the tensor. Keeps
// the file mapped.
TensorSource file_source(const Safetensors& file, const std::string& prefix);

// The text encoder of an SD 1.x checkpoint, with or without "text_model." in its keys.
TensorSource text_source(const Safetensors& file);

// The autoencoder of a checkpoint or of a file of its own (no prefix).
TensorSource autoencoder_source(const Safetensors& file);

// The same keys and shapes, but get() gives meta tensors and writes down each tensor that is
// missing, misshapen or not of a floating type, e.g. "input_blocks.0.0.bias (missing)".
TensorSource checking_source(const Safetensors& file, const TensorSource& source,
                             const std::string& prefix, std::vector<std::string>& faults);

}  // namespace burin::core
