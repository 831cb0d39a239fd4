// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The detailer: runs the batches of a plan through the stages.
#include "detail/detail.hpp"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <chrono>
#include <map>

#include "detail/halving.hpp"
#include "detail/stages.hpp"
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
        total_(static_cast<double>(tasks) * (context.settings.steps * context.settings.cycle + 4)) {
  }

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
  Detailer(const DetailContext& context, DetailResult& result)
      : context_(context), result_(result), prompts_(context), meter_(context, running_tasks()) {}

  void run() {
    result_.layers.resize(context_.plan.tasks.size());
    for (std::size_t i = 0; i < context_.plan.tasks.size(); ++i) {
      const Task& task = context_.plan.tasks[i];
      if (!task.run)
        result_.layers[i] = keep_original(context_, i, LayerStatus::skipped, task.reason);
    }
    const auto fail = [&](std::size_t task, const char*) {
      result_.layers[task] = keep_original(
          context_, task, LayerStatus::failed,
          "Out of memory at " + std::to_string(context_.plan.tasks[task].width) + " x " +
              std::to_string(context_.plan.tasks[task].height) +
              " model pixels, the original was kept; a smaller max_size or guide_size needs less.");
    };
    for (const Batch& batch : context_.plan.batches)
      for (const auto& [loras, tasks_of_set] : of_equal_loras(batch.tasks)) {
        use_loras(loras);
        for (const auto& group : of_equal_prompt_length(tasks_of_set))
          run_halving(
              group, [&](const std::vector<std::size_t>& tasks) { run_batch(tasks); }, fail);
      }
    write_trace();
  }

 private:
  std::size_t running_tasks() const {
    std::size_t count = 0;
    for (const Task& task : context_.plan.tasks) count += task.run;
    return count;
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
    const auto count = static_cast<double>(tasks.size());
    std::vector<Crop> crops;
    {
      const Stopwatch watch(result_.seconds.encode);
      for (const std::size_t task : tasks) crops.push_back(prepare_crop(context_, task));
      meter_.add(0, "encode", "encoding " + describe(crops));
      encode(context_, crops);
    }
    meter_.add(2 * count, "encode", "encoded " + describe(crops));
    at::Tensor latents;
    {
      const Stopwatch watch(result_.seconds.sample);
      const auto after_step = [&](int step, int steps, int cycle) {
        std::string text =
            describe(crops) + ", step " + std::to_string(step) + " of " + std::to_string(steps);
        if (context_.settings.cycle > 1)
          text += ", cycle " + std::to_string(cycle + 1) + " of " +
                  std::to_string(context_.settings.cycle);
        meter_.add(count, "sample", std::move(text));
      };
      latents = sample(context_, prompts_, crops, after_step, tracer(crops), result_.evaluations);
    }
    ++result_.batches;
    for (std::size_t i = 0; i < crops.size(); ++i) {
      result_.layers[tasks[i]] =
          finish(crops[i], latents.narrow(0, static_cast<std::int64_t>(i), 1));
      show_to_later_tasks(result_.layers[tasks[i]]);
      meter_.add(2, "decode", "decoded segment " + std::to_string(crops[i].seg->id));
    }
  }

  // A foreach job's picture is a copy that takes each result before the next crop is read.
  void show_to_later_tasks(const Layer& layer) {
    if (context_.job.semantics != Semantics::foreach || layer.status != LayerStatus::done) return;
    ImageView picture = context_.image;
    blend_into(picture, layer.region, layer.colours, layer.mask);
  }

  Layer finish(const Crop& crop, const at::Tensor& latent) {
    cv::Mat redrawn;
    {
      const Stopwatch watch(result_.seconds.decode);
      redrawn = decode(context_, latent);
    }
    if (!cv::checkRange(redrawn))
      return keep_original(context_, crop.task_index, LayerStatus::failed,
                           "The network gave values that are not numbers, the original was kept; "
                           "dtype f32 is the cure.");
    const Stopwatch watch(result_.seconds.fit);
    return make_layer(context_, crop, fit(context_, crop, redrawn));
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
  Detailer(context, result).run();
  return result;
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
