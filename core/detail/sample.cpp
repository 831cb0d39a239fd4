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

PromptCaches::PromptCaches(const DetailContext& context)
    : base(context, {&context.model, &context.levels, false}) {
  if (context.refiner != nullptr)
    refiner = std::make_unique<PromptCache>(
        context, ModelInRun{context.refiner, context.refiner_levels, true});
}

namespace {

// One sampler run of a batch.
struct BatchRun {
  PromptCache* prompts = nullptr;  // and its model
  RunSchedule schedule;
  at::Tensor start;       // what noise is added to, model space
  at::Tensor latent;      // what is kept where the mask is 0
  at::Tensor noise;       // added at the start
  at::Tensor kept_noise;  // of what is kept
  at::Tensor mask;        // undefined: none
  bool differential = false;
  at::Tensor falling_sigmas;  // the levels a differential mask falls over
};

class BatchSampler {
 public:
  BatchSampler(const DetailContext& context, PromptCaches& prompts, const std::vector<Crop>& crops,
               const StepCallback& after_step, const TraceCallback& trace, int& evaluations)
      : context_(context),
        prompts_(prompts),
        crops_(crops),
        after_step_(after_step),
        trace_(trace),
        evaluations_(evaluations) {}

  at::Tensor run() {
    at::Tensor latent = stack(crops_, [](const Crop& c) { return c.latent; });
    if (crops_.front().denoise.defined())
      mask_ = stack(crops_, [](const Crop& c) { return c.denoise; }).to(context_.model.device);
    for (int cycle = 0; cycle < context_.settings.cycle; ++cycle)
      latent = prompts_.refiner ? refined(latent, cycle) : whole(latent, cycle);
    return latent;
  }

 private:
  bool impact() const { return follows_reference(context_.job.semantics); }

  // Of levels that the job gives: the refiner's share is of their steps.
  static RunSchedule part_of(RunSchedule run, Pass pass, double refiner_ratio) {
    const std::int64_t steps = run.sigmas.numel() - 1;
    const auto change =
        static_cast<std::int64_t>(static_cast<double>(steps) * (1.0 - refiner_ratio));
    if (pass == Pass::before_refiner) run.sigmas = run.sigmas.slice(0, 0, change + 1);
    if (pass == Pass::refiner) run.sigmas = run.sigmas.slice(0, change);
    return run;
  }

  RunSchedule schedule(const PromptCache& prompts, Pass pass) const {
    const auto& s = context_.settings;
    if (!s.sigmas.empty()) return part_of(given_schedule(s.sigmas), pass, s.refiner_ratio);
    return detailer_schedule(*prompts.model().levels, s.scheduler, s.sampler, s.steps, s.denoise,
                             pass, s.refiner_ratio);
  }

  at::Tensor noise_of(const at::Tensor& latent, int cycle, std::uint64_t offset) const {
    return stack(crops_,
                 [&](const Crop& c) {
                   return initial_noise(c.task->seeds[static_cast<std::size_t>(cycle)] + offset,
                                        latent.sizes().slice(1));
                 })
        .to(latent.device());
  }

  BatchRun first_run(const at::Tensor& latent, int cycle, Pass pass) {
    BatchRun run;
    run.prompts = &prompts_.base;
    run.schedule = schedule(prompts_.base, pass);
    run.start = run.latent = latent;
    run.noise = noise_of(latent, cycle, 0);
    run.kept_noise =
        redraws_inpaint_noise(context_.settings.sampler) ? noise_of(latent, cycle, 1) : run.noise;
    run.mask = mask_;
    run.differential = !impact() || context_.settings.noise_mask_feather > 0;
    run.falling_sigmas = run.schedule.sigmas;
    return run;
  }

  at::Tensor whole(const at::Tensor& latent, int cycle) {
    const BatchRun run = first_run(latent, cycle, Pass::whole);
    return run.schedule.sigmas.numel() <= 1 ? latent : sampled(run, cycle).last_denoised;
  }

  // The first pass leaves its noise in; the refiner goes on from there.
  at::Tensor refined(const at::Tensor& latent, int cycle) {
    BatchRun first = first_run(latent, cycle, Pass::before_refiner);
    BatchRun second;
    second.prompts = prompts_.refiner.get();
    second.schedule = schedule(*prompts_.refiner, Pass::refiner);
    second.mask = mask_;
    second.noise = at::zeros_like(latent);
    const bool starts = first.schedule.sigmas.numel() > 1;
    if (!impact()) {
      const std::vector<at::Tensor> both{first.schedule.sigmas, second.schedule.sigmas};
      first.falling_sigmas = second.falling_sigmas = at::cat(both);
    }
    at::Tensor so_far = starts ? sampled(first, cycle).samples : latent;
    if (impact()) {
      // The reference puts the clean picture back around the noisy result, and knows no
      // differential mask in the second model.
      if (mask_.defined()) so_far = mask_ * so_far + (1 - mask_) * latent;
      second.start = second.latent = to_refiner(so_far);
      second.kept_noise = second.noise;
    } else {
      second.differential = true;
      second.start = to_refiner(so_far);
      second.latent = to_refiner(latent);
      second.kept_noise = first.kept_noise;
      if (!starts) second.noise = first.noise;
    }
    if (second.schedule.sigmas.numel() <= 1) return so_far;
    return moved(sampled(second, cycle).last_denoised, *context_.refiner, context_.model);
  }

  static at::Tensor moved(const at::Tensor& latent, const Model& from, const Model& to) {
    return to_model_space(to.family, from_model_space(from.family, latent));
  }
  at::Tensor to_refiner(const at::Tensor& latent) const {
    return moved(latent, context_.model, *context_.refiner);
  }

  SamplerOutput sampled(const BatchRun& run, int cycle) {
    const auto& settings = context_.settings;
    const Model& model = *run.prompts->model().model;
    const NoiseLevels& levels = *run.prompts->model().levels;
    GuidedModel guided;
    guided.model = &model;
    guided.levels = &levels;
    guided.cfg = settings.cfg;
    guided.keep_unconditional = needs_unconditional(settings.sampler);
    condition(context_, *run.prompts, crops_, guided);
    if (!run.prompts->model().refiner) attach_controls(context_, crops_, guided);
    if (model.family.prediction == Prediction::residual) guided.crop_latent = run.latent;
    guided.concat = extra_channels(context_, run.prompts->model(), crops_, run.latent, run.mask);
    Denoiser denoiser = [this, inner = guided_denoiser(std::move(guided))](
                            const at::Tensor& x, const at::Tensor& sigma) {
      context_.run.check_cancelled();
      ++evaluations_;
      return inner(x, sigma);
    };
    if (run.mask.defined())
      denoiser = masked_denoiser(
          std::move(denoiser),
          {run.mask, run.latent, run.kept_noise, run.differential, run.falling_sigmas}, levels);
    SamplerInput input;
    input.model = std::move(denoiser);
    input.x =
        add_noise(levels, model.family.prediction, run.start, run.noise, run.schedule.sigmas[0]);
    input.sigmas = run.schedule.sigmas;
    for (const Crop& crop : crops_)
      input.seeds.push_back(crop.task->seeds[static_cast<std::size_t>(cycle)]);
    input.levels = &levels;
    input.release = Release::october_2024;
    input.range_min = run.schedule.range_min;
    input.range_max = run.schedule.range_max;
    input.after_step = [&](int step, int steps) { after_step_(step, steps, cycle); };
    SamplerOutput output = run_sampler(settings.sampler, input);
    record(run, output);
    ++runs_;
    return output;
  }

  void record(const BatchRun& run, const SamplerOutput& output) const {
    for (std::size_t i = 0; trace_ && i < crops_.size(); ++i) {
      const auto item = [&](const at::Tensor& t) {
        return t.narrow(0, static_cast<std::int64_t>(i), 1);
      };
      trace_("sigmas", runs_, i, sampled_levels(context_.settings.sampler, run.schedule.sigmas));
      trace_("latent", runs_, i, item(run.start));
      trace_("noise", runs_, i, item(run.noise));
      if (run.mask.defined())
        trace_("noise_mask", runs_, i, item(run.mask).expand_as(item(run.latent)));
      trace_("samples", runs_, i, item(output.samples));
    }
  }

  const DetailContext& context_;
  PromptCaches& prompts_;
  const std::vector<Crop>& crops_;
  const StepCallback& after_step_;
  const TraceCallback& trace_;
  int& evaluations_;
  at::Tensor mask_;
  int runs_ = 0;
};

}  // namespace

at::Tensor sample(const DetailContext& context, PromptCaches& prompts,
                  const std::vector<Crop>& crops, const StepCallback& after_step,
                  const TraceCallback& trace, int& evaluations) {
  return BatchSampler(context, prompts, crops, after_step, trace, evaluations).run();
}

}  // namespace burin::core
