// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Prompts, sizes, masks and pictures as the networks take them.
#include "detail/conditioning.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "runtime/error.hpp"

namespace burin::core {
namespace {

constexpr int kSizeChannels = 256, kPixelsOfLatent = 8;
constexpr double kGoodScore = 6, kBadScore = 2.5;

at::Tensor size_embedding(const ModelFamily& family, const Crop& crop, bool positive) {
  const auto height = static_cast<double>(crop.latent.size(2) * kPixelsOfLatent);
  const auto width = static_cast<double>(crop.latent.size(3) * kPixelsOfLatent);
  std::vector<double> numbers{height, width, 0, 0};
  if (family.size_embedding == SizeEmbedding::base)
    numbers.insert(numbers.end(), {height, width});
  else
    numbers.push_back(positive ? kGoodScore : kBadScore);
  return timestep_embedding(at::tensor(numbers, at::kFloat), kSizeChannels).flatten().unsqueeze(0);
}

at::Tensor label_vector(const Model& model, const EncodedPrompt& prompt, const Crop& crop,
                        bool positive) {
  const ModelFamily& family = model.family;
  if (family.size_embedding == SizeEmbedding::none) return {};
  if (family.size_embedding == SizeEmbedding::zero)
    return at::zeros({1, model.unet.vector_dim}, at::TensorOptions(model.device));
  return at::cat({prompt.pooled, size_embedding(family, crop, positive).to(model.device)}, 1);
}

template <class Prompt>
Conditioning conditioning(const Model& model, const std::vector<Crop>& crops, bool positive,
                          Prompt prompt) {
  std::vector<at::Tensor> contexts, vectors;
  for (const Crop& crop : crops) {
    const EncodedPrompt& encoded = prompt(crop);
    contexts.push_back(encoded.context);
    vectors.push_back(label_vector(model, encoded, crop, positive));
  }
  Conditioning c;
  c.context = stacked_contexts(contexts);
  if (vectors.front().defined()) c.vector = at::cat(vectors);
  return c;
}

// What an inpainting model is shown of a picture of which nothing is known: grey, as a latent of
// Stable Diffusion 1.x.
at::Tensor grey_latent(const at::Tensor& like) {
  constexpr std::array<double, 4> values{0.8223, -0.6876, 0.6364, 0.1380};
  if (like.size(1) != static_cast<std::int64_t>(values.size()))
    throw Error(BURIN_E_UNSUPPORTED,
                "an inpainting model of " + std::to_string(like.size(1)) +
                    " latent channels needs a noise mask; expected detailer.noise_mask to be true");
  at::Tensor grey = at::empty_like(like);
  for (std::size_t c = 0; c < values.size(); ++c)
    grey.select(1, static_cast<std::int64_t>(c)).fill_(values[c]);
  return grey;
}

}  // namespace

PromptCache::PromptCache(const DetailContext& context, ModelInRun model)
    : context_(context),
      model_(model),
      embeddings_(resolve_paths(context.job, context.job.paths.embeddings), context.run) {}

const EncodedPrompt& PromptCache::positive(const Seg& seg) {
  const Job& job = context_.job;
  if (model_.refiner && job.refiner && job.refiner->positive) return of_job(*job.refiner->positive);
  return seg.positive ? encoded(*seg.positive, BreakWord::splits) : of_job(job.positive);
}

const EncodedPrompt& PromptCache::negative(const Seg& seg) {
  const Job& job = context_.job;
  if (model_.refiner && job.refiner && job.refiner->negative) return of_job(*job.refiner->negative);
  return seg.negative ? encoded(*seg.negative, BreakWord::splits) : of_job(job.negative);
}

// BREAK is a word like any other in the prompts of the reference's graph.
const EncodedPrompt& PromptCache::of_job(const std::string& text) {
  const bool reference = follows_reference(context_.job.semantics);
  return encoded(text, reference ? BreakWord::is_text : BreakWord::splits);
}

const EncodedPrompt& PromptCache::encoded(const std::string& text, BreakWord break_word) {
  const Model& model = *model_.model;
  const PromptKey key{text, model_.refiner ? std::nullopt : context_.job.clip_skip, break_word};
  EncodedPrompt& known = encoded_[{encoders_, key}];
  if (known.context.defined()) return known;
  if (model.text.empty()) {
    known.context = model.null_context;
    return known;
  }
  Remembered* remembered = model_.refiner ? context_.refiner_remembered : context_.remembered;
  if (!encoders_.empty()) remembered = nullptr;
  if (remembered != nullptr)
    if (const EncodedPrompt* before = remembered->prompts.find(key)) return known = *before;
  bool of_text_alone = true;
  known = encode_prompt(model.text, text, key.clip_skip, break_word,
                        [&](const std::string& name, const std::string& encoder) {
                          of_text_alone = false;
                          const auto& net = encoder == "clip_l"   ? model.text.l
                                            : encoder == "clip_g" ? model.text.g
                                                                  : model.text.h;
                          return embeddings_.find(name, encoder, net->net.token_embedding.size(1));
                        });
  if (remembered != nullptr && of_text_alone) remembered->prompts.add(key, known);
  return known;
}

void condition_on(const std::string& positive, const std::string& negative, PromptCache& prompts,
                  const std::vector<Crop>& crops, GuidedModel& guided) {
  const Model& model = *prompts.model().model;
  const auto side = [&](const std::string& text, bool is_positive) {
    return conditioning(
        model, crops,
        is_positive, [&](const Crop&) -> const auto& { return prompts.of_job(text); });
  };
  guided.positive = {side(positive, true)};
  guided.negative = {side(negative, false)};
}

void condition(const DetailContext& context, PromptCache& prompts, const std::vector<Crop>& crops,
               GuidedModel& guided) {
  const Model& model = *prompts.model().model;
  Conditioning positive = conditioning(
      model, crops, true, [&](const Crop& c) -> const auto& { return prompts.positive(*c.seg); });
  guided.negative = {conditioning(
      model, crops, false, [&](const Crop& c) -> const auto& { return prompts.negative(*c.seg); })};
  guided.positive.clear();
  const auto& held = context.job.prompt_mask;
  const bool impact = follows_reference(context.job.semantics);
  if (held && (impact ? !prompts.model().refiner : !model.text.empty())) {
    positive.mask = stack(crops, [](const Crop& c) { return c.prompt_mask; }).to(model.device);
    positive.strength = held->strength;
    if (!impact) {
      Conditioning outside = conditioning(
          model, crops, true, [&](const Crop&) -> const auto& { return prompts.of_job(""); });
      outside.mask = (1 - positive.mask * held->strength).clamp_min(0);
      guided.positive.push_back(outside);
    }
  }
  guided.positive.insert(guided.positive.begin(), positive);
}

void weaken_prompts(double positive, double negative, PromptCache& prompts,
                    const std::vector<Crop>& crops, GuidedModel& guided) {
  GuidedModel nothing;
  condition_on("", "", prompts, crops, nothing);
  const auto move = [](Conditioning& side, const Conditioning& empty, double strength) {
    const std::int64_t repeats = side.context.size(1) / empty.context.size(1);
    const at::Tensor from = empty.context.repeat({1, std::max<std::int64_t>(1, repeats), 1});
    side.context =
        from.narrow(1, 0, side.context.size(1)) * (1 - strength) + side.context * strength;
    if (side.vector.defined()) side.vector = empty.vector * (1 - strength) + side.vector * strength;
  };
  for (Conditioning& side : guided.positive) move(side, nothing.positive.front(), positive);
  for (Conditioning& side : guided.negative) move(side, nothing.negative.front(), negative);
}

at::Tensor extra_channels(const DetailContext& context, const ModelInRun& model_in_run,
                          const std::vector<Crop>& crops, const at::Tensor& latent,
                          const at::Tensor& mask) {
  const Model& model = *model_in_run.model;
  const ModelFamily& family = model.family;
  const bool impact = follows_reference(context.job.semantics);
  const bool hides = crops.front().seen_latent.defined() && !(impact && model_in_run.refiner);
  const auto seen = [&] { return stack(crops, [](const Crop& c) { return c.seen_latent; }); };
  switch (family.extra_input) {
    case ExtraInput::none:
      return {};
    case ExtraInput::crop_latent:
      return latent;
    case ExtraInput::mask_latent:
      if (hides)
        return at::cat({stack(crops, [](const Crop& c) { return c.hidden; }).to(model.device),
                        to_model_space(family, seen())},
                       1);
      if (mask.defined()) return at::cat({mask.round(), latent}, 1);
      return at::cat({at::ones_like(latent.narrow(1, 0, 1)), grey_latent(latent)}, 1);
    case ExtraInput::image_latent:
    case ExtraInput::scaled_image_latent:
      break;
  }
  if (!hides && impact) return at::zeros_like(latent);
  const at::Tensor picture =
      hides ? seen()
            : from_model_space(family, stack(crops, [](const Crop& c) { return c.latent; }));
  return family.extra_input == ExtraInput::scaled_image_latent ? to_model_space(family, picture)
                                                               : picture;
}

}  // namespace burin::core
