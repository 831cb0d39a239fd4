// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Stage sample: noise, schedule, guidance, mask and sampler, cycle after cycle.
#include <ATen/ATen.h>

#include "detail/control.hpp"
#include "detail/stages.hpp"
#include "diffusion/guidance.hpp"
#include "diffusion/sampler.hpp"
#include "diffusion/schedule.hpp"

namespace burin::core {
namespace {

template <class Get>
at::Tensor stack(const std::vector<Crop>& crops, Get get) {
  std::vector<at::Tensor> items;
  for (const Crop& crop : crops) items.push_back(get(crop));
  return at::cat(items);
}

}  // namespace

namespace {

std::vector<std::filesystem::path> embedding_folders(const Job& job) {
  std::vector<std::filesystem::path> folders;
  for (const std::string& folder : job.paths.embeddings)
    folders.push_back(resolve_path(job, folder));
  return folders;
}

}  // namespace

PromptCache::PromptCache(const DetailContext& context)
    : context_(context), embeddings_(embedding_folders(context.job), context.run) {}

const EncodedPrompt& PromptCache::positive(const Seg& seg) {
  return seg.positive ? encoded(*seg.positive, BreakWord::splits) : of_job(context_.job.positive);
}

const EncodedPrompt& PromptCache::negative(const Seg& seg) {
  return seg.negative ? encoded(*seg.negative, BreakWord::splits) : of_job(context_.job.negative);
}

// BREAK is a word like any other in the prompts of the reference's graph.
const EncodedPrompt& PromptCache::of_job(const std::string& text) {
  const bool reference = follows_reference(context_.job.semantics);
  return encoded(text, reference ? BreakWord::is_text : BreakWord::splits);
}

const EncodedPrompt& PromptCache::encoded(const std::string& text, BreakWord break_word) {
  const Model& model = context_.model;
  const char* mode = break_word == BreakWord::splits ? "parts:" : "text:";
  EncodedPrompt& known = encoded_[{encoders_, model.text.empty() ? "" : mode + text}];
  if (known.context.defined()) return known;
  if (model.text.empty())
    known.context = model.null_context;
  else
    known =
        encode_prompt(model.text, text, context_.job.clip_skip, break_word,
                      [&](const std::string& name, const std::string& encoder) {
                        const auto& net = encoder == "clip_l"   ? model.text.l
                                          : encoder == "clip_g" ? model.text.g
                                                                : model.text.h;
                        return embeddings_.find(name, encoder, net->net.token_embedding.size(1));
                      });
  return known;
}

at::Tensor sample(const DetailContext& context, PromptCache& prompts,
                  const std::vector<Crop>& crops, const StepCallback& after_step,
                  const TraceCallback& trace, int& evaluations) {
  const auto& settings = context.settings;
  const Model& model = context.model;
  const Prediction prediction = model.family.prediction;
  const RunSchedule schedule =
      settings.sigmas.empty()
          ? detailer_schedule(context.levels, settings.scheduler, settings.sampler, settings.steps,
                              settings.denoise)
          : given_schedule(settings.sigmas);
  at::Tensor latent = stack(crops, [](const Crop& c) { return c.latent; });
  if (schedule.sigmas.numel() <= 1) return latent;

  const auto contexts = [&](auto get) {
    std::vector<at::Tensor> items;
    for (const Crop& crop : crops) items.push_back(get(crop));
    return stacked_contexts(items);
  };
  GuidedModel guided;
  guided.model = &model;
  guided.levels = &context.levels;
  Conditioning positive, negative;
  positive.context = contexts([&](const Crop& c) { return prompts.positive(*c.seg).context; });
  negative.context = contexts([&](const Crop& c) { return prompts.negative(*c.seg).context; });
  guided.positive = {positive};
  guided.negative = {negative};
  guided.cfg = settings.cfg;
  guided.keep_unconditional = needs_unconditional(settings.sampler);
  attach_controls(context, crops, guided);

  const auto noise_of = [&](int cycle, std::uint64_t offset) {
    return stack(crops,
                 [&](const Crop& c) {
                   return initial_noise(c.task->seeds[cycle] + offset, latent.sizes().slice(1));
                 })
        .to(model.device);
  };
  for (int cycle = 0; cycle < settings.cycle; ++cycle) {
    const at::Tensor noise = noise_of(cycle, 0);
    if (prediction == Prediction::residual) guided.crop_latent = latent;
    if (model.family.extra_input == ExtraInput::crop_latent) guided.concat = latent;
    Denoiser denoiser = [&, inner = guided_denoiser(guided)](const at::Tensor& x,
                                                             const at::Tensor& sigma) {
      context.run.check_cancelled();
      ++evaluations;
      return inner(x, sigma);
    };
    at::Tensor mask;
    if (crops.front().denoise.defined()) {
      mask = stack(crops, [](const Crop& c) { return c.denoise; }).to(model.device);
      NoiseMask wrapper;
      wrapper.mask = mask;
      wrapper.latent = latent;
      wrapper.noise = redraws_inpaint_noise(settings.sampler) ? noise_of(cycle, 1) : noise;
      wrapper.differential =
          context.job.semantics == Semantics::burin || settings.noise_mask_feather > 0;
      wrapper.sigmas = schedule.sigmas;
      denoiser = masked_denoiser(std::move(denoiser), std::move(wrapper), context.levels);
    }
    SamplerInput input;
    input.model = std::move(denoiser);
    input.x = add_noise(context.levels, prediction, latent, noise, schedule.sigmas[0]);
    input.sigmas = schedule.sigmas;
    for (const Crop& crop : crops) input.seeds.push_back(crop.task->seeds[cycle]);
    input.levels = &context.levels;
    input.release = Release::october_2024;
    input.range_min = schedule.range_min;
    input.range_max = schedule.range_max;
    input.after_step = [&](int step, int steps) { after_step(step, steps, cycle); };
    const SamplerOutput output = run_sampler(settings.sampler, input);
    for (std::size_t i = 0; trace && i < crops.size(); ++i) {
      const auto item = [&](const at::Tensor& t) {
        return t.narrow(0, static_cast<std::int64_t>(i), 1);
      };
      trace("sigmas", cycle, i, sampled_levels(settings.sampler, schedule.sigmas));
      trace("latent", cycle, i, item(latent));
      trace("noise", cycle, i, item(noise));
      if (mask.defined()) trace("noise_mask", cycle, i, item(mask).expand_as(item(latent)));
      trace("samples", cycle, i, item(output.samples));
    }
    latent = output.last_denoised;
  }
  return latent;
}

}  // namespace burin::core
