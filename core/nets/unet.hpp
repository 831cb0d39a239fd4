// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The UNet of Stable Diffusion, every width and depth taken from the weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "nets/layers.hpp"

namespace burin::core {

struct ResBlockWeights {
  Norm norm1, norm2;
  Conv conv1, conv2, skip;  // skip.weight undefined: identity
  Linear emb;
};
struct AttentionWeights {
  Linear q, k, v, out;
};
struct TransformerBlockWeights {
  Norm norm1, norm2, norm3;
  AttentionWeights self, cross;
  Linear ff_in, ff_out;  // GEGLU: ff_in gives 2 x inner
};
struct TransformerWeights {  // heads 0: no transformer
  Norm norm;
  Conv proj_in, proj_out;  // 1x1; the same where the file stores matrices
  std::vector<TransformerBlockWeights> blocks;
  int heads = 0;
};
struct UNetBlock {  // any part may be absent
  bool has_res = false;
  ResBlockWeights res;
  TransformerWeights transformer;
  Conv resample;  // downsample (stride 2) or upsample convolution; weight undefined: none
};
struct UNetWeights {
  int in_channels = 0, out_channels = 0, model_channels = 0, context_dim = 0;
  int vector_dim = 0;  // of the label embedding, 0: none
  Linear time1, time2;
  Linear label1, label2;  // absent unless vector_dim
  Conv conv_in;
  // input[0] of the key layout is conv_in and not in here
  std::vector<UNetBlock> input, output;
  bool has_mid1 = true, has_mid2 = true;  // smaller relatives of SDXL lack one or both
  ResBlockWeights mid1, mid2;
  TransformerWeights mid_transformer;
  Norm norm_out;
  Conv conv_out;
  at::ScalarType dtype = at::kFloat;
};

// One block of the key layout, as its tensors' names and shapes tell.
struct UNetBlockConfig {
  int channels = 0;       // what comes out
  bool res = false;       // else only a resampling
  int depth = 0;          // transformer blocks
  bool resample = false;  // ends with a downsampling (input) or an upsampling (output)
  bool operator==(const UNetBlockConfig&) const = default;
};
struct UNetConfig {
  int in_channels = 0, out_channels = 0, model_channels = 0, context_dim = 0;
  std::vector<UNetBlockConfig> input, output;  // without conv_in
  bool has_mid1 = true, has_mid2 = true;
  int mid_depth = 0;
  int vector_dim = 0;              // of the label embedding, 0: none
  bool linear_projection = false;  // proj_in and proj_out are stored as matrices
};

// Keys input_blocks.0.0.weight ... as in the model.diffusion_model part of a checkpoint. A lost
// tensor does not change the answer as long as others of its block are there. Throws
// Error{BURIN_E_MODEL} when the blocks cannot be those of such a UNet.
UNetConfig unet_config(const TensorSource& source);

// Parts of the released networks: the width after each downsampling in units of model_channels,
// e.g. {1, 2, 4, 4}.
std::vector<int> channel_mult(const UNetConfig& config);

// heads: SD 1.x uses 8 heads everywhere; head_channels > 0 instead: channels / head_channels (the
// embedded model: 32). Throws Error{BURIN_E_MODEL} for widths that 32 groups or the heads do not
// divide, and what source.get throws.
UNetWeights load_unet(const TensorSource& source, const UNetConfig& config, int heads,
                      int head_channels, at::ScalarType dtype, at::Device device);
UNetWeights load_unet(const TensorSource& source, int heads, int head_channels,
                      at::ScalarType dtype, at::Device device);
// The same without output blocks and output convolution: what control networks mirror.
UNetWeights load_unet_encoder(const TensorSource& source, const UNetConfig& config, int heads,
                              int head_channels, at::ScalarType dtype, at::Device device);

// What an evaluation may be given besides. Every tensor float32 on the weights' device.
struct UNetExtras {
  at::Tensor vector;  // [N or 1, vector_dim]; needed where vector_dim is not 0
  // Residuals of control networks, each [N or 1, channels, h, w] of the place where it is added, or
  // undefined for none. All are taken from the end: control_input by the outputs of the input
  // blocks in order (conv_in first), control_middle by the middle's, control_output by the skips as
  // the output blocks consume them, so that entry k belongs to input block k. A shorter list leaves
  // the rest alone.
  std::vector<at::Tensor> control_input, control_middle, control_output;
};

// x [N, in, h, w] float32 (any h, w >= 1: odd sizes upsample to the skip's size), t [N] float32
// integer timesteps, context [N or 1, L, C] float32, all on the weights' device. Returns float32
// [N, out, h, w]. Computes in weights.dtype; pure, callable from several threads. Throws
// Error{BURIN_E_INVALID} for other shapes. Source: Rombach et al. 2022, "High-Resolution Image
// Synthesis with Latent Diffusion Models"; label embedding and linear projections: Podell et al.
// 2023, "SDXL"; residuals: Zhang et al. 2023, "Adding Conditional Control".
at::Tensor unet(const UNetWeights& weights, const at::Tensor& x, const at::Tensor& t,
                const at::Tensor& context, const UNetExtras& extras = {});

// The outputs of the input blocks, conv_in first, and of the middle, in the weights' type. Inputs
// as unet(); added_embedding [N or 1, 4 model_channels] goes to the timestep's, added_features [N,
// model_channels, h, w] to conv_in's output; either may be undefined.
struct EncoderOutput {
  std::vector<at::Tensor> input;
  at::Tensor middle;
};
EncoderOutput unet_encoder(const UNetWeights& weights, const at::Tensor& x, const at::Tensor& t,
                           const at::Tensor& context, const at::Tensor& vector,
                           const at::Tensor& added_embedding, const at::Tensor& added_features);

// t [N], dim even. [N, dim] float32: cos then sin of t * exp(-ln(10000) k / (dim/2)).
at::Tensor timestep_embedding(const at::Tensor& t, int dim);

}  // namespace burin::core
