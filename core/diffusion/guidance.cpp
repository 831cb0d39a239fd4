// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Classifier-free guidance: one batch of both contexts through the network, then their difference.
#include "diffusion/guidance.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>
#include <utility>

#include "diffusion/model_sampling.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

constexpr std::int64_t most_repeats = 4;

std::string size_text(const at::Tensor& tensor) {
  if (!tensor.defined()) return "nothing";
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

bool is_one(double cfg) { return std::abs(cfg - 1) <= 1e-9 * std::max(std::abs(cfg), 1.0); }

void check_context(const at::Tensor& context, const char* which) {
  if (!context.defined() || context.dim() != 3 || context.numel() == 0)
    throw Error(BURIN_E_INVALID, std::string("the ") + which + " context is " + size_text(context) +
                                     "; expected [N or 1, tokens, channels]");
}

void check(const GuidedModel& guided) {
  if (guided.model == nullptr || guided.levels == nullptr)
    throw Error(BURIN_E_INVALID, "guidance came without a model or its levels; it needs both");
  if (!std::isfinite(guided.cfg))
    throw Error(BURIN_E_INVALID,
                "cfg is " + std::to_string(guided.cfg) + "; expected a finite number");
  check_context(guided.positive, "positive");
  if (!is_one(guided.cfg)) {
    check_context(guided.negative, "negative");
    if (guided.negative.size(2) != guided.positive.size(2))
      throw Error(BURIN_E_INVALID, "the negative context is " + size_text(guided.negative) +
                                       " beside a positive one of " + size_text(guided.positive) +
                                       "; their channels must agree");
  }
  const ModelFamily& family = guided.model->family;
  const bool needs_crop = family.image_conditioned || family.prediction == Prediction::residual;
  if (needs_crop && (!guided.crop_latent.defined() || guided.crop_latent.dim() != 4))
    throw Error(BURIN_E_INVALID, "the model works on the crop's own latent, which is " +
                                     size_text(guided.crop_latent) + "; expected [N, C, h, w]");
}

at::Tensor for_items(const at::Tensor& context, std::int64_t items) {
  if (context.size(0) != 1 && context.size(0) != items)
    throw Error(BURIN_E_INVALID, "a context is " + size_text(context) + " for a batch of " +
                                     std::to_string(items) +
                                     "; expected one for each item or one for all");
  return context.expand({items, -1, -1});
}

// The two contexts one after the other, or nothing when their lengths are too far apart.
at::Tensor joined_contexts(const at::Tensor& first, const at::Tensor& second) {
  const std::int64_t length = std::lcm(first.size(1), second.size(1));
  if (length > most_repeats * std::min(first.size(1), second.size(1))) return {};
  return at::cat({first.repeat({1, length / first.size(1), 1}),
                  second.repeat({1, length / second.size(1), 1})});
}

class Guidance {
 public:
  Guidance(GuidedModel guided, Network network)
      : guided_(std::move(guided)), network_(std::move(network)) {}

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& sigma) const {
    check_crop(x);
    const std::int64_t items = x.size(0);
    const at::Tensor input = network_input(x, sigma);
    const at::Tensor t = guided_.levels->timestep(sigma).to(at::kFloat).to(x.device());
    const at::Tensor positive = for_items(guided_.positive, items);
    if (is_one(guided_.cfg)) return denoised(x, sigma, evaluate(input, t, positive));

    const at::Tensor negative = for_items(guided_.negative, items);
    const at::Tensor both = joined_contexts(negative, positive);
    at::Tensor uncond_output, cond_output;
    if (both.defined()) {
      const at::Tensor output = evaluate(at::cat({input, input}), t, both);
      uncond_output = output.narrow(0, 0, items);
      cond_output = output.narrow(0, items, items);
    } else {
      uncond_output = evaluate(input, t, negative);
      cond_output = evaluate(input, t, positive);
    }
    const at::Tensor uncond = denoised(x, sigma, uncond_output);
    return uncond + (denoised(x, sigma, cond_output) - uncond) * guided_.cfg;
  }

 private:
  void check_crop(const at::Tensor& x) const {
    if (guided_.crop_latent.defined() && guided_.crop_latent.sizes() != x.sizes())
      throw Error(BURIN_E_INVALID, "the crop's latent is " + size_text(guided_.crop_latent) +
                                       " for a sampled latent of " + size_text(x) +
                                       "; they must agree");
  }

  at::Tensor network_input(const at::Tensor& x, const at::Tensor& sigma) const {
    const at::Tensor scaled = scale_input(x, sigma);
    return guided_.model->family.image_conditioned ? at::cat({scaled, guided_.crop_latent}, 1)
                                                   : scaled;
  }

  at::Tensor evaluate(const at::Tensor& input, const at::Tensor& t,
                      const at::Tensor& context) const {
    return network_(input, t.expand({input.size(0)}), context);
  }

  at::Tensor denoised(const at::Tensor& x, const at::Tensor& sigma,
                      const at::Tensor& output) const {
    const ModelFamily& family = guided_.model->family;
    return denoised_from_output(family.prediction, family.residual_std, x, sigma, output,
                                guided_.crop_latent);
  }

  GuidedModel guided_;
  Network network_;
};

}  // namespace

at::Tensor stacked_contexts(const std::vector<at::Tensor>& contexts) {
  if (contexts.empty()) throw Error(BURIN_E_INVALID, "no contexts came; a batch needs one an item");
  std::int64_t length = 1;
  for (const at::Tensor& context : contexts) {
    check_context(context, "item's");
    if (context.size(0) != 1 || context.size(2) != contexts.front().size(2))
      throw Error(BURIN_E_INVALID, "an item's context is " + size_text(context) +
                                       " beside one of " + size_text(contexts.front()) +
                                       "; expected [1, tokens, channels] of one width");
    length = std::lcm(length, context.size(1));
  }
  std::vector<at::Tensor> repeated;
  for (const at::Tensor& context : contexts)
    repeated.push_back(context.repeat({1, length / context.size(1), 1}));
  return at::cat(repeated);
}

Denoiser guided_denoiser(GuidedModel guided) {
  check(guided);
  const Model* model = guided.model;
  return guided_denoiser(std::move(guided), [model](const at::Tensor& x, const at::Tensor& t,
                                                    const at::Tensor& context) {
    return unet(model->unet, x, t, context);
  });
}

Denoiser guided_denoiser(GuidedModel guided, Network network) {
  check(guided);
  if (!network) throw Error(BURIN_E_INVALID, "guidance came without a network; it needs one");
  return Guidance(std::move(guided), std::move(network));
}

}  // namespace burin::core
