// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// T2I adapters: a small network whose features of a picture are added to a UNet's encoder.
#pragma once

#include "nets/layers.hpp"

namespace burin::core {

struct T2iBlock {
  enum class Down { none, average, convolution } down = Down::none;
  Conv down_conv, in_conv, out_conv;  // weight undefined: absent
  std::vector<std::pair<Conv, Conv>> residuals;
  Conv skip;             // beside a block's only residual; weight undefined: identity
  bool feature = false;  // its output is one of the adapter's
};
struct T2iAdapterWeights {
  int unshuffle = 8;         // pixels a side that become channels
  int picture_channels = 3;  // 1: the mean of the colours
  bool xl = false;
  Conv conv_in;  // weight undefined: light
  std::vector<T2iBlock> blocks;
  at::ScalarType dtype = at::kFloat;
};

// Keys conv_in, body.N.{in_conv,block1,block2,skep,down_opt.op} (full, SD 1.x and SDXL) or
// body.N.{in_conv,body.M.block1,...,out_conv} (light). Throws what source.get throws.
T2iAdapterWeights load_t2i_adapter(const TensorSource& source, at::ScalarType dtype,
                                   at::Device device);

// picture [N, 3, H, W] float32 0..1, sides multiples of `unshuffle`. The residuals of the UNet's
// input blocks and (SDXL) its middle as UNetExtras takes them: from the end, undefined for none.
struct T2iFeatures {
  std::vector<at::Tensor> input, middle;
};
T2iFeatures t2i_features(const T2iAdapterWeights& weights, const at::Tensor& picture);

}  // namespace burin::core
