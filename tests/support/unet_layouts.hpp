// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The key layouts of UNets of any size: just those tensors from which a loader infers blocks and
// widths.
#pragma once

#include <vector>

#include "support/tiny_model.hpp"

namespace burin::test {

struct UNetLayout {
  int in_channels, out_channels, model_channels;
  std::vector<int> mult;
  int res_blocks;          // of each level
  std::vector<int> depth;  // transformer blocks of each level
  int context_dim = 0;
  int mid_depth = 1;
  bool linear = false;  // the transformers' projections are matrices
  int vector_dim = 0;   // of the label embedding
};

// The weights of convolutions and cross-attention keys, without those of skips and resampling
// inside the decoder.
Manifest unet_inference_keys(const UNetLayout& layout);

}  // namespace burin::test
