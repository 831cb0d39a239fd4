// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// ControlNets: the encoder of a UNet that reads a picture and answers with residuals for another.
#pragma once

#include <memory>
#include <optional>

#include "nets/unet.hpp"

namespace burin::core {

// The transformer of a union network over its picture's mean features.
struct UnionWeights {
  at::Tensor task_embedding;  // [types, C]
  Norm norm1, norm2;
  Linear in_proj, out_proj, fc, proj, to_channels;
  Linear add1, add2;
};
struct ControlNetWeights {
  UNetWeights encoder;  // no output blocks
  std::vector<Conv> hint, zero;
  Conv mid_out;
  std::optional<UnionWeights> types;
  int hint_channels = 3;
};

// base: the configuration of the UNet whose encoder it mirrors; its transformers' depths are the
// network's own. Throws what source.get and load_unet_encoder throw.
ControlNetWeights load_control_net(const TensorSource& source, UNetConfig base, int heads,
                                   int head_channels, at::ScalarType dtype, at::Device device);

// What the network sees of the picture hint [N, 3, 8h, 8w] float32 0..1: [N, C, h, w] in the
// weights' type. type: of a union network, negative: none named. Throws Error{BURIN_E_INVALID} for
// other channels, Error{BURIN_E_JOB} for a type that the network does not have.
at::Tensor control_features(const ControlNetWeights& weights, const at::Tensor& hint, int type);

// x [N, in, h, w] scaled latent, features as above for the same N; t, context and vector as in
// unet(). Adds nothing to the strength. One residual for each input block, conv_in first, in
// `output`, and the middle's.
struct ControlNetOutput {
  std::vector<at::Tensor> output;
  at::Tensor middle;
};
ControlNetOutput control_net(const ControlNetWeights& weights, const at::Tensor& x,
                             const at::Tensor& features, const at::Tensor& t,
                             const at::Tensor& context, const at::Tensor& vector, int type);

}  // namespace burin::core
