// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A recognised checkpoint: its family, its networks' places, and what their loaders need besides.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "weights/checkpoint_parts.hpp"
#include "weights/model.hpp"

namespace burin::core {

struct Recognised {
  ModelFamily family;
  UNetConfig unet;
  int heads = 8, head_channels = 0;  // as load_unet
  std::vector<EncoderKind> needed;   // text encoders, in the order of the context's channels

  std::string file;  // for sentences
  Part unet_part;
  std::optional<Part> autoencoder;
  std::map<EncoderKind, Part> encoders;  // those of `needed` that were found
  std::optional<Part> null_context;      // where there is no text encoder
};

// From key names, shapes and metadata; parts that are missing stay absent, single tensors are not
// looked at. Throws Error{BURIN_E_MODEL}, and what TensorFiles::open throws.
Recognised recognise(const ModelFiles& files);

// The autoencoder, of the family's kind. Throws Error{BURIN_E_MODEL} for one of another latent
// size.
Autoencoder load_autoencoder(const std::string& file, const TensorSource& source,
                             const ModelFamily& family, at::ScalarType dtype, at::Device device);

// An encoder as the family uses it; `kind` is one of those it needs.
TextEncoder load_text_encoder(const Recognised& recognised, EncoderKind kind,
                              const TensorSource& source, at::Device device);

}  // namespace burin::core
