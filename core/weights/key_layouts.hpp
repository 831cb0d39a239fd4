// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The same networks under other names: where each tensor of a network is stored in a file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "weights/tensor_files.hpp"

namespace burin::core {

// A tensor in a file and how the network's own comes out of it.
struct StoredTensor {
  enum class Form {
    plain,
    third,       // the `part`-th third of the rows: query, key, value in one
    transposed,  // [in, out]
    matrix,      // [out, in] of a 1x1 convolution
  };
  std::string key;  // empty: the network's tensor is not stored at all
  Form form = Form::plain;
  int part = 0;
};

// From a network's own key (unet.hpp, autoencoder.hpp, clip_text.hpp) to its place.
using KeyLayout = std::function<StoredTensor(const std::string& key)>;

// `prefix` before every key.
KeyLayout plain_layout(const std::string& prefix);
// Keys down_blocks..., mid_block..., up_blocks... after `prefix`.
KeyLayout diffusers_unet_layout(const TensorFiles& files, const std::string& prefix);
KeyLayout diffusers_autoencoder_layout(const TensorFiles& files, const std::string& prefix);
// With or without "text_model." after `prefix`, as the file has it.
KeyLayout clip_layout(const TensorFiles& files, const std::string& prefix);
// OpenCLIP's names: transformer.resblocks..., query, key and value in one.
KeyLayout open_clip_layout(const TensorFiles& files, const std::string& prefix);

}  // namespace burin::core
