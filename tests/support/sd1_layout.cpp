// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The keys and shapes of a released Stable Diffusion 1.5 checkpoint.
#include "support/sd1_layout.hpp"

#include <ATen/ATen.h>

#include "nets/autoencoder.hpp"
#include "nets/clip_text.hpp"
#include "nets/unet.hpp"
#include "runtime/compose.hpp"
#include "support/formula.hpp"
#include "support/unet_layouts.hpp"

namespace burin::test {
namespace {

// Knows the shapes in `known`; writes down what is asked for.
burin::core::TensorSource recording(const Manifest& known, Manifest& asked) {
  burin::core::TensorSource source = formula_source(known);
  source.get = [&asked](const std::string& key, at::IntArrayRef shape) {
    asked.emplace_back(key, shape.vec());
    return at::empty(shape, at::TensorOptions().device(at::kMeta));
  };
  return source;
}

}  // namespace

Manifest sd1_unet_tensors() {
  const UNetLayout layout{4, 4, 320, {1, 2, 4, 4}, 2, {1, 1, 1, 0}, 768};
  Manifest asked;
  burin::core::load_unet(recording(unet_inference_keys(layout), asked), 8, 0, at::kFloat, at::kCPU);
  return asked;
}

Manifest sd1_autoencoder_tensors() {
  Manifest known{{"encoder.conv_in.weight", {128, 3, 3, 3}},
                 {"decoder.conv_in.weight", {512, 4, 3, 3}},
                 {"quant_conv.weight", {8, 8, 1, 1}}};
  const std::int64_t widths[] = {128, 256, 512, 512};
  for (int level = 0; level < 4; ++level)
    for (int b = 0; b < 3; ++b) {
      const std::string block = burin::core::compose("{}.block.{}.conv2.weight", level, b);
      const std::int64_t c = widths[level];
      if (b < 2) known.push_back({burin::core::compose("encoder.down.{}", block), {c, c, 3, 3}});
      known.push_back({burin::core::compose("decoder.up.{}", block), {c, c, 3, 3}});
    }
  Manifest asked;
  burin::core::load_autoencoder_kl(recording(known, asked), at::kFloat, at::kCPU);
  return asked;
}

Manifest sd1_text_tensors() {
  Manifest known{{"text_model.embeddings.token_embedding.weight", {49408, 768}}};
  for (int i = 0; i < 12; ++i)
    known.push_back(
        {"text_model.encoder.layers." + std::to_string(i) + ".mlp.fc1.weight", {3072, 768}});
  Manifest asked;
  burin::core::load_clip_text(recording(known, asked), at::kCPU);
  return asked;
}

}  // namespace burin::test
