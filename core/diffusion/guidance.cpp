// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Classifier-free guidance: all conditionings through the network, then the difference of both
// sides.
#include "diffusion/guidance.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "diffusion/model_sampling.hpp"
#include "runtime/error.hpp"
#include "weights/tensor_text.hpp"

namespace burin::core {
namespace {

constexpr std::int64_t most_repeats = 4;

bool is_one(double cfg) { return std::abs(cfg - 1) <= 1e-9 * std::max(std::abs(cfg), 1.0); }

void check_context(const at::Tensor& context, const char* which) {
  if (!context.defined() || context.dim() != 3 || context.numel() == 0)
    throw Error(BURIN_E_INVALID, std::string("the ") + which + " context is " +
                                     tensor_text(context) +
                                     "; expected [N or 1, tokens, channels]");
}

void check_side(const std::vector<Conditioning>& entries, const char* which, std::int64_t width) {
  if (entries.empty()) check_context({}, which);
  for (const Conditioning& entry : entries) {
    check_context(entry.context, which);
    if (entry.context.size(2) != width)
      throw Error(BURIN_E_INVALID, std::string("the ") + which + " context is " +
                                       tensor_text(entry.context) + " beside one of " +
                                       std::to_string(width) +
                                       " channels; their channels must agree");
    if (!(entry.strength >= 0) || !std::isfinite(entry.strength))
      throw Error(BURIN_E_INVALID, std::string("the ") + which + " strength is " +
                                       std::to_string(entry.strength) + "; expected 0 or more");
  }
}

void check(const GuidedModel& guided) {
  if (guided.model == nullptr || guided.levels == nullptr)
    throw Error(BURIN_E_INVALID, "guidance came without a model or its levels; it needs both");
  if (!std::isfinite(guided.cfg))
    throw Error(BURIN_E_INVALID,
                "cfg is " + std::to_string(guided.cfg) + "; expected a finite number");
  const std::int64_t width = !guided.positive.empty() && guided.positive.front().context.dim() == 3
                                 ? guided.positive.front().context.size(2)
                                 : 0;
  check_side(guided.positive, "positive", width);
  if (guided.keep_unconditional || !is_one(guided.cfg))
    check_side(guided.negative, "negative", width);
  const ModelFamily& family = guided.model->family;
  if (family.prediction == Prediction::residual &&
      (!guided.crop_latent.defined() || guided.crop_latent.dim() != 4))
    throw Error(BURIN_E_INVALID, "the model works on the crop's own latent, which is " +
                                     tensor_text(guided.crop_latent) + "; expected [N, C, h, w]");
  if (family.extra_input != ExtraInput::none &&
      (!guided.concat.defined() || guided.concat.dim() != 4))
    throw Error(BURIN_E_INVALID, "the model takes channels besides the latent, which are " +
                                     tensor_text(guided.concat) + "; expected [N, C, h, w]");
}

// `tensor` has an item for each of the batch, or one for all.
at::Tensor for_items(const at::Tensor& tensor, std::int64_t items, const char* what) {
  if (!tensor.defined()) return tensor;
  if (tensor.size(0) != 1 && tensor.size(0) != items)
    throw Error(BURIN_E_INVALID, std::string("a ") + what + " is " + tensor_text(tensor) +
                                     " for a batch of " + std::to_string(items) +
                                     "; expected one for each item or one for all");
  std::vector<std::int64_t> shape = tensor.sizes().vec();
  shape[0] = items;
  return tensor.expand(shape);
}

// Entries that go through the network together.
struct Call {
  std::vector<const Conditioning*> entries;
  std::int64_t length = 1;  // of their contexts, repeated

  bool takes(const Conditioning& entry) const {
    const Conditioning& first = *entries.front();
    if (entry.vector.defined() != first.vector.defined()) return false;
    if (entry.control != first.control) return false;
    const std::int64_t mine = entry.context.size(1);
    return std::lcm(length, mine) <= most_repeats * std::min(length, mine);
  }
  void add(const Conditioning& entry) {
    entries.push_back(&entry);
    length = std::lcm(length, entry.context.size(1));
  }
};

std::vector<Call> calls_of(const std::vector<const Conditioning*>& entries) {
  std::vector<Call> calls;
  for (const Conditioning* entry : entries) {
    const auto call = std::ranges::find_if(calls, [&](const Call& c) { return c.takes(*entry); });
    (call == calls.end() ? calls.emplace_back() : *call).add(*entry);
  }
  return calls;
}

// The weighted mean of one side's predictions.
class Mean {
 public:
  explicit Mean(const std::vector<Conditioning>& entries)
      : plain_(entries.size() == 1 && !entries.front().mask.defined() &&
               entries.front().strength > 0) {}

  void add(const Conditioning& entry, const at::Tensor& denoised) {
    if (plain_) {
      sum_ = denoised;
      return;
    }
    at::Tensor weight = at::full({1, 1, 1, 1}, entry.strength, denoised.options());
    if (entry.mask.defined()) {
      if (entry.mask.dim() != 4 || entry.mask.size(2) != denoised.size(2) ||
          entry.mask.size(3) != denoised.size(3))
        throw Error(BURIN_E_INVALID, "a conditioning's mask is " + tensor_text(entry.mask) +
                                         " for a latent of " + tensor_text(denoised) +
                                         "; expected [N or 1, 1, h, w]");
      weight = for_items(entry.mask, denoised.size(0), "mask") * entry.strength;
    }
    const at::Tensor weighted = denoised * weight;
    sum_ = sum_.defined() ? sum_ + weighted : weighted;
    weights_ = weights_.defined() ? weights_ + weight : weight + least_weight;
  }
  at::Tensor value() const { return plain_ ? sum_ : sum_ / weights_; }

 private:
  static constexpr double least_weight = 1e-37;
  bool plain_;
  at::Tensor sum_, weights_;
};

class Guidance {
 public:
  Guidance(GuidedModel guided, Network network)
      : guided_(std::move(guided)), network_(std::move(network)) {}

  Denoised operator()(const at::Tensor& x, const at::Tensor& sigma) const {
    check_fits(guided_.crop_latent, x, "crop's latent", true);
    check_fits(guided_.concat, x, "extra input", false);
    std::vector<const Conditioning*> entries;
    const bool one_sided = is_one(guided_.cfg) && !guided_.keep_unconditional;
    if (!one_sided)
      for (const Conditioning& entry : guided_.negative) entries.push_back(&entry);
    for (const Conditioning& entry : guided_.positive) entries.push_back(&entry);

    const at::Tensor input = network_input(x, sigma);
    const at::Tensor t = guided_.levels->timestep(sigma).to(at::kFloat).to(x.device());
    Mean cond(guided_.positive), uncond(guided_.negative);
    for (const Call& call : calls_of(entries)) {
      const at::Tensor output = evaluate(call, input, t, sigma);
      for (std::size_t k = 0; k < call.entries.size(); ++k) {
        const Conditioning& entry = *call.entries[k];
        const at::Tensor own =
            output.narrow(0, static_cast<std::int64_t>(k) * x.size(0), x.size(0));
        (is_positive(entry) ? cond : uncond).add(entry, denoised(x, sigma, own));
      }
    }
    if (one_sided) return cond.value();
    const at::Tensor base = uncond.value();
    return {base + (cond.value() - base) * guided_.cfg, base};
  }

 private:
  bool is_positive(const Conditioning& entry) const {
    return &entry >= guided_.positive.data() &&
           &entry < guided_.positive.data() + guided_.positive.size();
  }

  static void check_fits(const at::Tensor& given, const at::Tensor& x, const char* what,
                         bool channels) {
    if (!given.defined()) return;
    const bool fits = given.dim() == 4 && given.size(0) == x.size(0) &&
                      given.size(2) == x.size(2) && given.size(3) == x.size(3) &&
                      (!channels || given.size(1) == x.size(1));
    if (!fits)
      throw Error(BURIN_E_INVALID, std::string("the ") + what + " is " + tensor_text(given) +
                                       " for a sampled latent of " + tensor_text(x) +
                                       "; they must agree");
  }

  at::Tensor network_input(const at::Tensor& x, const at::Tensor& sigma) const {
    const at::Tensor scaled = scale_input(x, sigma, guided_.model->family.sigma_data);
    return guided_.concat.defined() ? at::cat({scaled, guided_.concat}, 1) : scaled;
  }

  // The outputs of a call's entries one after the other.
  at::Tensor evaluate(const Call& call, const at::Tensor& input, const at::Tensor& t,
                      const at::Tensor& sigma) const {
    const std::int64_t items = input.size(0);
    const auto count = static_cast<std::int64_t>(call.entries.size());
    std::vector<at::Tensor> contexts, vectors;
    for (const Conditioning* entry : call.entries) {
      const at::Tensor context = for_items(entry->context, items, "context");
      contexts.push_back(context.repeat({1, call.length / context.size(1), 1}));
      if (entry->vector.defined()) vectors.push_back(for_items(entry->vector, items, "vector"));
    }
    UNetExtras extras;
    if (!vectors.empty()) extras.vector = at::cat(vectors);
    const at::Tensor x = count == 1 ? input : input.repeat({count, 1, 1, 1});
    const at::Tensor steps = t.expand({items * count}), context = at::cat(contexts);
    if (const auto& control = call.entries.front()->control) {
      const std::int64_t own =
          input.size(1) - (guided_.concat.defined() ? guided_.concat.size(1) : 0);
      add_control(*control,
                  {x.narrow(1, 0, own), steps, context, extras.vector, sigma.item<double>()},
                  extras);
    }
    return network_(x, steps, context, extras);
  }

  at::Tensor denoised(const at::Tensor& x, const at::Tensor& sigma,
                      const at::Tensor& output) const {
    return denoised_from_output(guided_.model->family, *guided_.levels, x, sigma, output,
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
      throw Error(BURIN_E_INVALID, "an item's context is " + tensor_text(context) +
                                       " beside one of " + tensor_text(contexts.front()) +
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
  return guided_denoiser(
      std::move(guided),
      [model](const at::Tensor& x, const at::Tensor& t, const at::Tensor& context,
              const UNetExtras& extras) { return unet(model->unet, x, t, context, extras); });
}

Denoiser guided_denoiser(GuidedModel guided, Network network) {
  check(guided);
  if (!network) throw Error(BURIN_E_INVALID, "guidance came without a network; it needs one");
  return Guidance(std::move(guided), std::move(network));
}

}  // namespace burin::core
