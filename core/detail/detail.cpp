// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The detailer: runs the batches of a plan through the stages.
#include "detail/detail.hpp"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "burin/ext/log.h"
#include "detail/blender_module.hpp"
#include "detail/halving.hpp"
#include "detail/hook_modules.hpp"
#include "detail/hooks.hpp"
#include "detail/module_error.hpp"
#include "detail/preview.hpp"
#include "detail/result_check.hpp"
#include "detail/stages.hpp"
#include "device/device.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

using Clock = std::chrono::steady_clock;

class Stopwatch {
 public:
  explicit Stopwatch(double& total) : total_(total), start_(Clock::now()) {}
  ~Stopwatch() { total_ += std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  double& total_;
  Clock::time_point start_;
};

// Turns finished work into fractions and an estimate of the time left. Encoding and decoding a crop
// count as two steps each.
class Meter {
 public:
  Meter(const DetailContext& context, std::size_t tasks)
      : run_(context.run),
        total_(static_cast<double>(tasks) *
               (steps_of_all_cycles(context.settings, context.job.hooks, context.job.semantics) +
                4)) {}

  void add(double units, const char* stage, std::string text) {
    run_.check_cancelled();
    done_ += units;
    if (!run_.progress || total_ <= 0) return;
    const double fraction = std::min(1.0, done_ / total_);
    const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
    const double left = fraction > 0.02 ? elapsed * (1 - fraction) / fraction : -1;
    run_.progress({fraction, left, stage, std::move(text)});
  }

 private:
  Run& run_;
  double total_, done_ = 0;
  Clock::time_point start_ = Clock::now();
};

std::string describe(const std::vector<Crop>& crops) {
  std::string text = crops.size() == 1 ? "segment" : "segments";
  for (const Crop& crop : crops)
    text += (&crop == &crops.front() ? " " : ", ") + std::to_string(crop.seg->id);
  return text;
}

class Detailer {
 public:
  // tasks: how many will run, for the progress; 0: no progress.
  Detailer(const DetailContext& context, DetailResult& result, std::size_t tasks)
      : context_(context), result_(result), prompts_(context), meter_(context, tasks) {}

  void run() {
    result_.layers.resize(context_.plan.tasks.size());
    for (std::size_t i = 0; i < context_.plan.tasks.size(); ++i) {
      const Task& task = context_.plan.tasks[i];
      if (task.run) continue;
      result_.layers[i] = keep_original(context_, i, LayerStatus::skipped, task.reason);
      tell_done(i);
    }
    for (const Batch& batch : context_.plan.batches) run_tasks(batch.tasks);
    write_trace();
  }

  void run_again(const std::vector<std::size_t>& tasks) {
    for (const std::size_t task : tasks) run_tasks({task});
  }

 private:
  void run_tasks(const std::vector<std::size_t>& tasks) {
    const auto fail = [&](std::size_t task, const char*) {
      result_.layers[task] = keep_original(
          context_, task, LayerStatus::failed,
          "Out of memory at " + std::to_string(context_.plan.tasks[task].width) + " x " +
              std::to_string(context_.plan.tasks[task].height) +
              " model pixels, the original was kept; a smaller max_size or guide_size needs less.");
      tell_done(task);
    };
    for (const auto& [loras, tasks_of_set] : of_equal_loras(tasks)) {
      use_loras(loras);
      for (const auto& group : of_equal_prompt_length(tasks_of_set))
        for (const auto& asked : of_equal_hooks(group))
          run_halving(
              asked, [&](const std::vector<std::size_t>& batch) { run_batch(batch); }, fail);
    }
  }

  // Modules are asked, and may decide, about each crop by itself.
  std::vector<std::vector<std::size_t>> of_equal_hooks(
      const std::vector<std::size_t>& tasks) const {
    if (!context_.hooks) return {tasks};
    std::vector<std::vector<std::size_t>> single;
    for (const std::size_t task : tasks) single.push_back({task});
    return single;
  }

  // One network call has one set of weights.
  std::vector<std::pair<std::vector<LoraUse>, std::vector<std::size_t>>> of_equal_loras(
      const std::vector<std::size_t>& tasks) {
    std::vector<std::pair<std::vector<LoraUse>, std::vector<std::size_t>>> groups;
    for (const std::size_t task : tasks) {
      std::vector<LoraUse> set = context_.job.loras;
      const Seg& seg = context_.segs.segs[context_.plan.tasks[task].seg];
      set.insert(set.end(), seg.loras.begin(), seg.loras.end());
      auto group = std::find_if(groups.begin(), groups.end(),
                                [&](const auto& other) { return other.first == set; });
      if (group == groups.end()) group = groups.insert(groups.end(), {std::move(set), {}});
      group->second.push_back(task);
    }
    return groups;
  }

  void use_loras(const std::vector<LoraUse>& set) {
    const Job& job = context_.job;
    const std::vector<LoraUse> found =
        resolve_loras(set, job.base_dir, resolve_paths(job, job.paths.loras), context_.run);
    context_.loras.use(found, context_.run);
    std::string encoders;
    for (const LoraUse& use : found)
      if (use.clip != 0) encoders += use.file + ":" + std::to_string(use.clip) + ":";
    prompts_.base.encoders_changed(std::move(encoders));
  }

  // Contexts of one network call have one length.
  std::vector<std::vector<std::size_t>> of_equal_prompt_length(
      const std::vector<std::size_t>& tasks) {
    std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> groups;
    for (const std::size_t task : tasks) {
      const Seg& seg = context_.segs.segs[context_.plan.tasks[task].seg];
      groups[{prompts_.base.positive(seg).context.size(1),
              prompts_.base.negative(seg).context.size(1)}]
          .push_back(task);
    }
    std::vector<std::vector<std::size_t>> result;
    for (auto& [length, group] : groups) result.push_back(std::move(group));
    return result;
  }

  TraceCallback tracer(const std::vector<Crop>& crops) {
    if (!context_.job.output.trace) return {};
    return [this, &crops](const char* name, int run, std::size_t crop, const at::Tensor& tensor) {
      trace_[{crops[crop].task_index, run}][name] =
          tensor.to(at::kCPU, at::kFloat).contiguous().clone();
    };
  }

  // Sampler runs are counted over all tasks.
  void write_trace() {
    std::size_t run = 0;
    for (auto& [place, tensors] : trace_) {
      for (auto& [name, tensor] : tensors)
        result_.trace.emplace_back("run." + std::to_string(run) + "." + name, std::move(tensor));
      ++run;
    }
  }

  void run_batch(const std::vector<std::size_t>& tasks) {
    try {
      redraw(tasks);
    } catch (const ModuleError& error) {
      for (const std::size_t task : tasks) {
        const Seg& seg = context_.segs.segs[context_.plan.tasks[task].seg];
        result_.layers[task] = keep_original(
            context_, task, LayerStatus::failed,
            "Segment " + std::to_string(seg.id) + ": " + error.what() + " The original was kept.");
      }
    }
    // Not before: what runs out of memory half way is done again in halves.
    for (const std::size_t task : tasks)
      if (std::ranges::find(result_.unusable, task) == result_.unusable.end()) tell_done(task);
  }

  void redraw(const std::vector<std::size_t>& tasks) {
    const auto count = static_cast<double>(tasks.size());
    std::vector<Crop> crops;
    {
      const Stopwatch watch(result_.seconds.encode);
      for (const std::size_t task : tasks) crops.push_back(prepare_crop(context_, task));
      meter_.add(0, "encode", "encoding " + describe(crops));
      encode(context_, crops);
      if (context_.hooks)
        context_.hooks->post_encode({context_, crops.front()}, crops.front().latent);
    }
    return_free_memory();  // in pieces that the next network's tensors do not fit into
    meter_.add(2 * count, "sample", "sampling " + describe(crops));
    at::Tensor latents;
    {
      const Stopwatch watch(result_.seconds.sample);
      const auto after_step = [&](int step, int steps, int cycle, const at::Tensor& denoised) {
        std::string text =
            describe(crops) + ", step " + std::to_string(step) + " of " + std::to_string(steps);
        if (context_.settings.cycle > 1)
          text += ", cycle " + std::to_string(cycle + 1) + " of " +
                  std::to_string(context_.settings.cycle);
        meter_.add(count, "sample", std::move(text));
        show_previews(crops, denoised, step);
      };
      latents =
          sample(context_, prompts_, crops, 0, after_step, tracer(crops), result_.evaluations);
    }
    ++result_.batches;
    return_free_memory();
    for (std::size_t i = 0; i < crops.size(); ++i) {
      result_.layers[tasks[i]] =
          finish(crops[i], latents.narrow(0, static_cast<std::int64_t>(i), 1));
      show_to_later_tasks(result_.layers[tasks[i]]);
      meter_.add(2, "decode", "decoded segment " + std::to_string(crops[i].seg->id));
    }
  }

  void tell_done(std::size_t task) const {
    if (context_.layer_done) context_.layer_done(task, result_.layers[task]);
  }

  // A foreach job's picture is a copy that takes each result before the next crop is read.
  void show_to_later_tasks(const Layer& layer) {
    if (context_.job.semantics != Semantics::foreach || layer.status != LayerStatus::done) return;
    ImageView picture = context_.image;
    blend_into(picture, layer.region, layer.colours, layer.mask);
  }

  void show_previews(const std::vector<Crop>& crops, const at::Tensor& denoised, int step) const {
    const auto* hook = find_hook<PreviewHook>(context_.job.hooks);
    if (hook == nullptr || !context_.run.preview || step % hook->every != 0) return;
    for (std::size_t i = 0; i < crops.size(); ++i) {
      const Box& box = crops[i].task->source;
      context_.run.preview(
          {crops[i].seg->id, cv::Rect2d(box.x1, box.y1, box.width(), box.height()),
           preview_of(context_.model, denoised.narrow(0, static_cast<std::int64_t>(i), 1))});
    }
  }

  bool in_float32() const {
    return context_.model.dtype == at::kFloat && context_.model.autoencoder_dtype == at::kFloat &&
           (context_.refiner == nullptr || context_.refiner->dtype == at::kFloat);
  }

  Layer failed(const Crop& crop, const std::string& fault) {
    std::string name = "Segment " + std::to_string(crop.seg->id);
    if (!crop.seg->label.empty()) name += " (" + crop.seg->label + ")";
    if (context_.run.log) context_.run.log(BURIN_LOG_WARNING, name + ": " + fault + ".");
    if (!in_float32()) result_.unusable.push_back(crop.task_index);
    return keep_original(
        context_, crop.task_index, LayerStatus::failed,
        name + ": " + fault + (in_float32() ? ", in float32" : "") + "; the original was kept.");
  }

  cv::Mat decoded(const Crop& crop, at::Tensor& latent, int attempt) {
    const Stopwatch watch(result_.seconds.decode);
    const HookPoint point{context_, crop, context_.settings.cycle - 1, attempt};
    if (context_.hooks) context_.hooks->pre_decode(point, latent);
    cv::Mat redrawn = decode(context_, latent);
    if (context_.hooks) context_.hooks->post_decode(point, redrawn);
    return redrawn;
  }

  bool wants_retry(const Crop& crop, const cv::Mat& redrawn, int attempt) const {
    const auto* black = find_hook<BlackPatchRetryHook>(context_.job.hooks);
    if (black && attempt < black->attempts &&
        is_black_patch(crop, redrawn, black->mean, black->deviation))
      return true;
    const HookPoint point{context_, crop, context_.settings.cycle - 1, attempt};
    return context_.hooks && context_.hooks->wants_retry(point, redrawn);
  }

  // With other seeds, as often as hooks ask for it and the job allows.
  void retry(const Crop& crop, at::Tensor& latent, cv::Mat& redrawn) {
    for (int attempt = 0; wants_retry(crop, redrawn, attempt);) {
      ++attempt;
      Task task = *crop.task;
      for (std::uint64_t& seed : task.seeds)
        seed = splitmix64(seed + static_cast<std::uint64_t>(attempt));
      std::vector<Crop> again{crop};
      again.front().task = &task;
      const auto keep_going = [](int, int, int, const at::Tensor&) {};
      latent = sample(context_, prompts_, again, attempt, keep_going, {}, result_.evaluations);
      redrawn = decoded(again.front(), latent, attempt);
    }
  }

  Layer finish(const Crop& crop, at::Tensor latent) {
    cv::Mat redrawn = decoded(crop, latent, 0);
    retry(crop, latent, redrawn);
    if (const auto fault = fault_of(crop, latent, redrawn)) return failed(crop, *fault);
    const Stopwatch watch(result_.seconds.fit);
    Layer layer = make_layer(context_, crop, fit(context_, crop, redrawn));
    if (context_.blender != nullptr) context_.blender->blend(context_, crop, layer);
    if (context_.hooks)
      context_.hooks->post_paste({context_, crop, context_.settings.cycle - 1}, layer);
    return layer;
  }

  const DetailContext& context_;
  DetailResult& result_;
  PromptCaches prompts_;
  Meter meter_;
  std::map<std::pair<std::size_t, int>, std::map<std::string, at::Tensor>> trace_;
};

}  // namespace

DetailResult detail(const DetailContext& context) {
  const c10::InferenceMode inference;
  DetailResult result;
  const std::vector<Task>& tasks = context.plan.tasks;
  const auto running =
      std::count_if(tasks.begin(), tasks.end(), [](const Task& t) { return t.run; });
  Detailer(context, result, static_cast<std::size_t>(running)).run();
  return result;
}

void redo(const DetailContext& exact, DetailResult& result) {
  const c10::InferenceMode inference;
  Detailer(exact, result, 0).run_again(std::exchange(result.unusable, {}));
}

ModelGeometry geometry_of(const ModelFamily& family, c10::ScalarType dtype) {
  ModelGeometry geometry;
  geometry.factor = family.latent_factor;
  geometry.size_multiple = family.size_multiple;
  geometry.bytes_per_pixel =
      2.0 * family.model_channels * static_cast<double>(c10::elementSize(dtype));
  return geometry;
}

}  // namespace burin::core
