// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The keys and shapes of a released Stable Diffusion 1.5 checkpoint, as the loaders ask for them.
#pragma once

#include "support/tiny_model.hpp"

namespace burin::test {

// Without model.diffusion_model., first_stage_model. and cond_stage_model.transformer. before them.
Manifest sd1_unet_tensors();
Manifest sd1_autoencoder_tensors();
Manifest sd1_text_tensors();

}  // namespace burin::test
