// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Released checkpoints of every family as lists of keys and shapes.
#include "support/released_layouts.hpp"

#include <ATen/ATen.h>

#include <stdexcept>

#include "nets/unet.hpp"
#include "support/formula.hpp"
#include "support/sd1_layout.hpp"
#include "support/unet_layouts.hpp"

namespace burin::test {
namespace {

constexpr std::int64_t kVocabulary = 49408, kTokens = 77;

void add(Manifest& all, const std::string& prefix, const Manifest& part) {
  for (const auto& [key, shape] : part) all.emplace_back(prefix + key, shape);
}

Manifest unet_tensors(const UNetLayout& layout, int heads, int head_channels) {
  Manifest asked;
  core::TensorSource source = formula_source(unet_inference_keys(layout));
  source.get = [&asked](const std::string& key, at::IntArrayRef shape) {
    asked.emplace_back(key, shape.vec());
    return at::empty(shape, at::TensorOptions().device(at::kMeta));
  };
  core::load_unet(source, heads, head_channels, at::kFloat, at::kCPU);
  return asked;
}

// OpenCLIP's own names.
Manifest open_clip_tensors(std::int64_t width, int layers) {
  Manifest m{{"positional_embedding", {kTokens, width}},
             {"text_projection", {width, width}},
             {"token_embedding.weight", {kVocabulary, width}}};
  for (int i = 0; i < layers; ++i) {
    const std::string p = "transformer.resblocks." + std::to_string(i) + ".";
    add(m, p,
        {{"attn.in_proj_bias", {3 * width}},
         {"attn.in_proj_weight", {3 * width, width}},
         {"attn.out_proj.bias", {width}},
         {"attn.out_proj.weight", {width, width}},
         {"ln_1.bias", {width}},
         {"ln_1.weight", {width}},
         {"ln_2.bias", {width}},
         {"ln_2.weight", {width}},
         {"mlp.c_fc.bias", {4 * width}},
         {"mlp.c_fc.weight", {4 * width, width}},
         {"mlp.c_proj.bias", {width}},
         {"mlp.c_proj.weight", {width, 4 * width}}});
  }
  add(m, "", {{"ln_final.bias", {width}}, {"ln_final.weight", {width}}});
  return m;
}

}  // namespace

std::vector<std::string> released_families() { return {"sd15", "sd15-inpaint", "sd21", "sdxl"}; }

Manifest released_checkpoint_tensors(const std::string& family) {
  Manifest all;
  if (family == "sd15" || family == "sd15-inpaint") {
    const int in = family == "sd15" ? 4 : 9;
    add(all, "model.diffusion_model.",
        unet_tensors({in, 4, 320, {1, 2, 4, 4}, 2, {1, 1, 1, 0}, 768}, 8, 0));
    add(all, "cond_stage_model.transformer.", sd1_text_tensors());
  } else if (family == "sd21") {
    add(all, "model.diffusion_model.",
        unet_tensors({4, 4, 320, {1, 2, 4, 4}, 2, {1, 1, 1, 0}, 1024, 1, true}, 0, 64));
    add(all, "cond_stage_model.model.", open_clip_tensors(1024, 24));
  } else if (family == "sdxl") {
    add(all, "model.diffusion_model.",
        unet_tensors({4, 4, 320, {1, 2, 4}, 2, {0, 2, 10}, 2048, 10, true, 2816}, 0, 64));
    add(all, "conditioner.embedders.0.transformer.", sd1_text_tensors());
    add(all, "conditioner.embedders.1.model.", open_clip_tensors(1280, 32));
  } else {
    throw std::runtime_error(family +
                             " is no family; sd15, sd15-inpaint, sd21 or sdxl was expected");
  }
  add(all, "first_stage_model.", sd1_autoencoder_tensors());
  return all;
}

}  // namespace burin::test
