// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Stage sample: noise, schedule, guidance, mask and sampler, cycle after cycle.
#include <ATen/ATen.h>

#include "detail/control.hpp"
#include "detail/hook_modules.hpp"
#include "detail/hooks.hpp"
#include "detail/sampler_module.hpp"
#include "detail/scheduler_module.hpp"
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
  double cfg = 1;
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
               int attempt, const StepCallback& after_step, const TraceCallback& trace,
               int& evaluations)
      : context_(context),
        attempt_(attempt),
        prompts_(prompts),
        crops_(crops),
        after_step_(after_step),
        trace_(trace),
        evaluations_(evaluations) {}

  at::Tensor run() {
    at::Tensor latent = stack(crops_, [](const Crop& c) { return c.latent; });
    if (crops_.front().denoise.defined())
      mask_ = stack(crops_, [](const Crop& c) { return c.denoise; }).to(context_.model.device);
    for (int cycle = 0; cycle < context_.settings.cycle; ++cycle) {
      if (context_.hooks) context_.hooks->set_steps(point(cycle));
      for (std::size_t hook = 0; hook < context_.job.hooks.size(); ++hook)
        latent = changed_by(hook, latent, cycle);
      if (context_.hooks && context_.hooks->skips_sampling(point(cycle))) continue;
      settle(latent, cycle);
      latent = prompts_.refiner ? refined(latent, cycle) : whole(latent, cycle);
    }
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

  // Modules are asked of one crop at a time: batches with them hold one.
  HookPoint point(int cycle) const { return {context_, crops_.front(), cycle, attempt_}; }

  // What the cycle samples with.
  void settle(const at::Tensor& latent, int cycle) {
    const auto& s = context_.settings;
    const RunSettings run = cycle_settings(s, context_.job.hooks, context_.job.semantics, cycle);
    seeds_.clear();
    for (const Crop& crop : crops_) seeds_.push_back(task_seed(crop, cycle));
    now_ = {run.steps, run.cfg, run.denoise, s.sampler, s.scheduler, seeds_.front()};
    if (!context_.hooks) return;
    context_.hooks->pre_ksample(point(cycle), latent, now_);
    seeds_.front() = now_.seed;
  }

  RunSchedule schedule(const PromptCache& prompts, Pass pass) const {
    const auto& s = context_.settings;
    if (!s.sigmas.empty()) return part_of(given_schedule(s.sigmas), pass, s.refiner_ratio);
    const ModuleUse scheduler = named(now_.scheduler, s.scheduler, s.scheduler_params);
    return detailer_schedule(*prompts.model().levels, find_scheduler(context_.host, scheduler),
                             now_.sampler, now_.steps, now_.denoise, pass, s.refiner_ratio);
  }

  // A hook may have named another module, which the job's parameters are not for.
  ModuleUse named(const std::string& now, const std::string& in_job,
                  const nlohmann::json& params) const {
    return {now, now == in_job ? params : nlohmann::json::object(), context_.job.base_dir};
  }

  static std::uint64_t task_seed(const Crop& crop, int cycle) {
    return crop.task->seeds[static_cast<std::size_t>(cycle)];
  }
  std::uint64_t seed_now(const Crop& crop) const {
    return seeds_[static_cast<std::size_t>(&crop - crops_.data())];
  }
  std::uint64_t hook_seed_of(const Crop& crop, std::uint64_t seed) const {
    return hook_seed(seed, context_.job.semantics, *crop.seg);
  }

  template <class Seed>
  at::Tensor noise_by(const at::Tensor& latent, const Seed& seed) const {
    return stack(crops_,
                 [&](const Crop& c) { return initial_noise(seed(c), latent.sizes().slice(1)); })
        .to(latent.device());
  }

  at::Tensor first_noise(const at::Tensor& latent, int cycle) const {
    at::Tensor noise = noise_by(latent, [&](const Crop& c) { return seed_now(c); });
    const std::vector<Hook>& hooks = context_.job.hooks;
    for (std::size_t i = 0; i < hooks.size(); ++i) {
      if (const auto* variation = std::get_if<VariationHook>(&hooks[i]))
        noise = mixed_noise(
            noise,
            noise_by(latent, [&](const Crop& c) { return hook_seed_of(c, variation->seed); }),
            variation->strength);
      if (context_.hooks) context_.hooks->custom_noise(i, point(cycle), now_.seed, noise);
    }
    return noise;
  }

  // impact behaviour: step noise continues the generator that drew the variation.
  std::vector<std::uint64_t> step_noise_seeds() const {
    std::vector<std::uint64_t> seeds;
    const auto* variation = find_hook<VariationHook>(context_.job.hooks);
    if (variation == nullptr || !impact()) return seeds;
    for (const Crop& crop : crops_) seeds.push_back(hook_seed_of(crop, variation->seed));
    return seeds;
  }

  at::Tensor changed_by(std::size_t index, at::Tensor latent, int cycle) {
    const Hook& hook = context_.job.hooks[index];
    if (context_.hooks) context_.hooks->cycle_latent(index, point(cycle), latent);
    if (const auto* injection = std::get_if<NoiseInjectionHook>(&hook))
      return injected(*injection, latent, cycle);
    if (const auto* unsampler = std::get_if<UnsamplerHook>(&hook))
      return unsampled(*unsampler, latent, cycle);
    return latent;
  }

  at::Tensor injected(const NoiseInjectionHook& hook, const at::Tensor& latent, int cycle) const {
    const HookPlace place = hook_place(hook.from_start, cycle, context_.settings.cycle);
    if (!place.acts) return latent;
    const double strength =
        hook.start_strength + (hook.end_strength - hook.start_strength) * place.share;
    const auto offset = static_cast<std::uint64_t>(2 * place.count);
    const at::Tensor noise =
        noise_by(latent, [&](const Crop& c) { return hook_seed_of(c, hook.seed) + offset; });
    const at::Tensor noised = latent + noise * (strength * context_.model.family.latent_scale);
    return mask_.defined() ? mask_ * noised + (1 - mask_) * latent : noised;
  }

  // Model space is scaled data: the reference normalizes in the autoencoder's scale.
  at::Tensor unsampled(const UnsamplerHook& hook, const at::Tensor& latent, int cycle) {
    const HookPlace place = hook_place(hook.from_start, cycle, context_.settings.cycle);
    if (!place.acts) return latent;
    const double left_out =
        hook.start_end_at_step + (hook.end_end_at_step - hook.start_end_at_step) * place.share;
    BatchRun run;
    run.prompts = &prompts_.base;
    run.schedule = {upward_schedule(context_.levels, hook.scheduler, hook.sampler, hook.steps,
                                    static_cast<int>(left_out))};
    run.cfg = hook.cfg;
    run.start = run.latent = latent;
    run.noise = run.kept_noise = at::zeros_like(latent);
    run.mask = mask_;
    GuidedModel guided = guidance(run);
    condition_on(hook.positive, hook.negative, *run.prompts, crops_, guided);

    SamplerInput input;
    input.model = denoiser(run, std::move(guided));
    input.x = latent;
    input.sigmas = run.schedule.sigmas;
    input.upwards = true;
    for (const Crop& crop : crops_) input.seeds.push_back(task_seed(crop, cycle));
    input.release = Release::october_2024;
    const SamplerOutput output = run_sampler(hook.sampler, input);
    record(run, hook.sampler, output);
    if (!hook.normalize) return output.samples;
    const at::Tensor flat = output.samples.flatten(1);
    const auto by_item = [](const at::Tensor& t) { return t.view({-1, 1, 1, 1}); };
    return (output.samples - by_item(flat.mean(1))) / by_item(flat.std(at::IntArrayRef{1}, true)) *
           context_.model.family.latent_scale;
  }

  BatchRun first_run(const at::Tensor& latent, int cycle, Pass pass) {
    BatchRun run;
    run.prompts = &prompts_.base;
    run.schedule = schedule(prompts_.base, pass);
    run.cfg = now_.cfg;
    run.start = run.latent = latent;
    run.noise = first_noise(latent, cycle);
    run.kept_noise = redraws_inpaint_noise(now_.sampler)
                         ? noise_by(latent, [&](const Crop& c) { return seed_now(c) + 1; })
                         : run.noise;
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
    second.cfg = first.cfg;
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

  // Without conditionings.
  GuidedModel guidance(const BatchRun& run) const {
    const ModelInRun& used = run.prompts->model();
    GuidedModel guided;
    guided.model = used.model;
    guided.levels = used.levels;
    guided.cfg = run.cfg;
    if (used.model->family.prediction == Prediction::residual) guided.crop_latent = run.latent;
    guided.concat = extra_channels(context_, used, crops_, run.latent, run.mask);
    return guided;
  }

  // Counts, can be cancelled, and keeps what the run's mask leaves out.
  Denoiser denoiser(const BatchRun& run, GuidedModel guided) {
    Denoiser counted = [this, inner = guided_denoiser(std::move(guided))](const at::Tensor& x,
                                                                          const at::Tensor& sigma) {
      context_.run.check_cancelled();
      ++evaluations_;
      return inner(x, sigma);
    };
    if (!run.mask.defined()) return counted;
    return masked_denoiser(
        std::move(counted),
        {run.mask, run.latent, run.kept_noise, run.differential, run.falling_sigmas},
        *run.prompts->model().levels);
  }

  SamplerOutput sampled(const BatchRun& run, int cycle) {
    const std::string& sampler = now_.sampler;
    const ModelInRun& used = run.prompts->model();
    GuidedModel guided = guidance(run);
    // A module may ask for what guidance evaluates anyway.
    guided.keep_unconditional = is_module_id(sampler) ? run.cfg != 1 : needs_unconditional(sampler);
    const bool both_predictions = guided.keep_unconditional;
    condition(context_, *run.prompts, crops_, guided);
    if (now_.positive_strength != 1 || now_.negative_strength != 1)
      weaken_prompts(now_.positive_strength, now_.negative_strength, *run.prompts, crops_, guided);
    if (!used.refiner) attach_controls(context_, crops_, guided);
    SamplerInput input;
    input.model = denoiser(run, std::move(guided));
    input.x = add_noise(*used.levels, used.model->family.prediction, run.start, run.noise,
                        run.schedule.sigmas[0]);
    input.sigmas = run.schedule.sigmas;
    for (const Crop& crop : crops_) input.seeds.push_back(seed_now(crop));
    input.step_noise_seeds = step_noise_seeds();
    input.levels = used.levels;
    input.release = Release::october_2024;
    input.range_min = run.schedule.range_min;
    input.range_max = run.schedule.range_max;
    at::Tensor prediction;
    input.on_prediction = [&](const at::Tensor& denoised) {
      prediction = used.refiner ? moved(denoised, *used.model, context_.model) : denoised;
    };
    input.after_step = [&](int step, int steps) { after_step_(step, steps, cycle, prediction); };
    const ModuleUse use =
        named(sampler, context_.settings.sampler, context_.settings.sampler_params);
    SamplerOutput output = run_any_sampler(context_.host, use, input, both_predictions);
    record(run, sampler, output);
    return output;
  }

  void record(const BatchRun& run, const std::string& sampler, const SamplerOutput& output) {
    for (std::size_t i = 0; trace_ && i < crops_.size(); ++i) {
      const auto item = [&](const at::Tensor& t) {
        return t.narrow(0, static_cast<std::int64_t>(i), 1);
      };
      trace_("sigmas", runs_, i, sampled_levels(sampler, run.schedule.sigmas));
      trace_("latent", runs_, i, item(run.start));
      trace_("noise", runs_, i, item(run.noise));
      if (run.mask.defined())
        trace_("noise_mask", runs_, i, item(run.mask).expand_as(item(run.latent)));
      trace_("samples", runs_, i, item(output.samples));
    }
    ++runs_;
  }

  const DetailContext& context_;
  int attempt_;
  CycleSettings now_;
  std::vector<std::uint64_t> seeds_;  // of this cycle, one a crop
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
                  const std::vector<Crop>& crops, int attempt, const StepCallback& after_step,
                  const TraceCallback& trace, int& evaluations) {
  return BatchSampler(context, prompts, crops, attempt, after_step, trace, evaluations).run();
}

}  // namespace burin::core
