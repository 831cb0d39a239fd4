// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A recognised checkpoint, with what its loader needs beyond the family.
#pragma once

#include "weights/model.hpp"

namespace burin::core {

struct Recognised {
  ModelFamily family;
  UNetConfig unet;
  int heads = 8, head_channels = 0;  // as load_unet
};

// Families and metadata, no look at single tensors. Throws Error{BURIN_E_MODEL}.
Recognised recognise(const Safetensors& file);

// The autoencoder of a file, of the family's kind. Throws Error{BURIN_E_MODEL} where there is none.
Autoencoder load_autoencoder(const Safetensors& file, const TensorSource& source,
                             const ModelFamily& family, at::ScalarType dtype, at::Device device);

}  // namespace burin::core
