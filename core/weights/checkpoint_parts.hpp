// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The networks inside checkpoint files: where each lies, under which names, and what of it is
// missing.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nets/layers.hpp"
#include "weights/key_layouts.hpp"
#include "weights/tensor_files.hpp"

namespace burin::core {

inline constexpr const char* kUNetPrefix = "model.diffusion_model.";
inline constexpr const char* kAutoencoderPrefix = "first_stage_model.";

// One network.
struct Part {
  // Tensors by the network's own key. get() throws Error{BURIN_E_MODEL} naming the stored tensor
  // and keeps its file mapped; 8-bit floats that come with a scale are given as float32.
  TensorSource source;
  std::function<std::string(const std::string& key)> stored_name;
  std::string file;  // for sentences
};

Part make_part(const TensorFiles& files, KeyLayout layout);
// Tensors KEY stored as PREFIX + KEY.
TensorSource file_source(const Safetensors& file, const std::string& prefix);

// nullopt: the files hold none. A full checkpoint's, a UNet's or an autoencoder's own file, or a
// diffusers folder's.
std::optional<Part> find_unet(const TensorFiles& files);
std::optional<Part> find_autoencoder(const TensorFiles& files);

enum class EncoderKind { l, g, h };
const char* name_of(EncoderKind kind);  // "CLIP-L" ...

struct FoundEncoder {
  Part part;
  std::int64_t width = 0;
  std::optional<EncoderKind> kind;  // nullopt: its place does not tell
};
// Every CLIP text encoder in the files.
std::vector<FoundEncoder> find_text_encoders(const TensorFiles& files);

// The same keys and shapes, but get() gives meta tensors and writes down each tensor that is
// missing, misshapen or not of a floating type, e.g. "input_blocks.0.0.bias (missing)".
TensorSource checking_source(const Part& part, std::vector<std::string>& faults);

}  // namespace burin::core
