// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Hooks that are modules: the points of burin/role/detail_hook.h, called in the order of the job.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "detail/crop.hpp"

namespace burin::core {

// Where in a run a point is called.
struct HookPoint {
  const DetailContext& context;
  const Crop& crop;
  int cycle = 0;
  int attempt = 0;
};

// How a cycle is sampled, as hooks may change it.
struct CycleSettings {
  int steps = 1;
  double cfg = 1, denoise = 1;
  std::string sampler, scheduler;
  std::uint64_t seed = 0;
  double positive_strength = 1, negative_strength = 1;
};

// The modules among a job's hooks, one instance each for one run. A point that no module takes
// costs nothing and changes nothing. Latents are [1, C, h, w]; pictures CV_32FC3 sRGB 0..1. Used by
// one thread. All throw ModuleError and Error{BURIN_E_CANCELLED}; post_detection Error alone.
class HookModules {
 public:
  // Throws what finding, making and setting the parameters of a module throw.
  HookModules(const burin_host* host, const std::vector<Hook>& hooks);
  ~HookModules();
  HookModules(const HookModules&) = delete;
  HookModules& operator=(const HookModules&) = delete;
  bool empty() const;

  void post_detection(Segs& segs);
  // The mask keeps its place in the picture; what the new region has more is 0.
  void post_crop_region(Segs& segs, const Job& job, const DetailerSettings& settings,
                        const Run& run);
  // size: model pixels.
  cv::Size touch_scaled_size(const Segs& segs, std::size_t index, cv::Size size, const Job& job,
                             const DetailerSettings& settings, const Run& run);

  void post_encode(const HookPoint& point, at::Tensor& latent);
  void set_steps(const HookPoint& point);
  // Of the module at this place of the job's hooks; another kind of hook: nothing.
  void cycle_latent(std::size_t hook, const HookPoint& point, at::Tensor& latent);
  bool skips_sampling(const HookPoint& point);
  void pre_ksample(const HookPoint& point, const at::Tensor& latent, CycleSettings& settings);
  void custom_noise(std::size_t hook, const HookPoint& point, std::uint64_t seed,
                    at::Tensor& noise);
  void pre_decode(const HookPoint& point, at::Tensor& latent);
  void post_decode(const HookPoint& point, cv::Mat& pixels);
  // Counts attempts against what each hook's place in the job allows.
  bool wants_retry(const HookPoint& point, const cv::Mat& pixels);
  // The layer's colours and mask, where a hook changed what the picture would show.
  void post_paste(const HookPoint& point, Layer& layer);

 private:
  struct Instance;
  // Those that take a point of the role, in the order of the job.
  template <class Point>
  std::vector<const Instance*> taking(Point point) const;
  std::vector<std::unique_ptr<Instance>> by_hook_;  // null for hooks of another kind
};

}  // namespace burin::core
