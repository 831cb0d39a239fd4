// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Control networks and adapters beside a model: loaded once, shown a picture, chained.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/control_net.hpp"
#include "adapters/t2i_adapter.hpp"
#include "weights/model.hpp"

namespace burin::core {

struct ControlModel {
  std::variant<ControlNetWeights, T2iAdapterWeights> net;
  bool pooled = false;  // its residuals are averaged over the picture
};

// A ControlNet (cldm or diffusers layout, union networks), a Control-LoRA, or a T2I adapter, for
// this model, in its type and on its device. A Control-LoRA is made of the model's weights as they
// are now. impact behaviour: residuals of a file whose name ends in _shuffle or _shuffle_fp16 are
// averaged over the picture. Throws Error{BURIN_E_MODEL} for what does not fit the model, and what
// Safetensors::open throws.
ControlModel load_control(const std::filesystem::path& path, const Model& model);

// Keeps what it has loaded until the file or, for a Control-LoRA, the model's weights change. The
// model is borrowed and outlives this. One thread at a time.
class ControlCache {
 public:
  explicit ControlCache(const Model& model) : model_(model) {}
  // weights: names the state of the model's weights.
  std::shared_ptr<const ControlModel> get(const std::filesystem::path& path,
                                          const std::string& weights);

 private:
  const Model& model_;
  std::map<std::string, std::pair<std::string, std::shared_ptr<const ControlModel>>> loaded_;
};

// One network of a chain, with what it makes of its picture.
struct ControlLink {
  std::shared_ptr<const ControlModel> model;
  double strength = 1;
  double first_sigma = 0, last_sigma = 0;  // it is active where last <= sigma <= first
  int type = -1;                           // of a union network; negative: none
  at::Tensor features;                     // of a ControlNet, [N, C, h, w]
  T2iFeatures residuals;                   // of an adapter
};
using ControlChain = std::vector<ControlLink>;

// Shows one picture an item, each [1, 3, H, W] float32 0..1 of any size, to the network of `link`,
// for latents of [N, C, height, width]: its centre, cropped to their shape, at the pixels nearest
// to theirs times 8. Throws Error{BURIN_E_INVALID}.
void show_pictures(ControlLink& link, const std::vector<at::Tensor>& pictures, std::int64_t height,
                   std::int64_t width);

// One call of the UNet: entries of N items each, one after the other.
struct ControlCall {
  at::Tensor x;                // [entries N, C, h, w] scaled latent
  at::Tensor t;                // [entries N]
  at::Tensor context, vector;  // as unet()
  double sigma = 0;
};

// Adds the residuals of the links that are active to the extras, the first link's first. impact
// behaviour: lists of different length are added from their start.
void add_control(const ControlChain& chain, const ControlCall& call, UNetExtras& extras);

}  // namespace burin::core
