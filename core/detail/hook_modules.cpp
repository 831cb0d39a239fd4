// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a hook is lent, and what is taken from it.
#include "detail/hook_modules.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "burin/role/detail_hook.h"
#include "detail/hook_segment.hpp"
#include "detail/module_error.hpp"
#include "detail/stages.hpp"
#include "detail/tensor_mat.hpp"
#include "job/job.hpp"
#include "modules/module_instance.hpp"

namespace burin::core {

struct HookModules::Instance {
  ModuleInstance<burin_detail_hook> module;
  int attempts;
  Instance(const burin_host* host, const ModuleHook& hook)
      : module(host, BURIN_DETAIL_HOOK_ID, hook.use, "The hook '" + hook.use.id + "'"),
        attempts(hook.attempts) {}

  template <class Point>
  bool takes(Point burin_detail_hook::*point) const {
    const burin_detail_hook* role = module.role();
    const auto* end = reinterpret_cast<const char*>(&(role->*point)) + sizeof(role->*point);
    return role->struct_size >=
               static_cast<std::size_t>(end - reinterpret_cast<const char*>(role)) &&
           role->*point != nullptr;
  }
  // A point that it takes.
  template <class Point, class... Arguments>
  void ask(Point burin_detail_hook::*point, Arguments... arguments) const {
    module.call().check((module.role()->*point)(module.self(), arguments...));
  }
  [[noreturn]] void broke_contract(const std::string& how) const {
    module.call().broke_contract(how);
  }
};

namespace {

// Lends a copy of `tensor` to ask(dl) and takes what is left in it.
template <class Hook, class Ask>
void change(const Hook& hook, at::Tensor& tensor, const char* what, const Ask& ask) {
  const at::Tensor copy = tensor.to(at::kCPU, at::kFloat).contiguous().clone();
  DLTensor dl = lent_tensor(copy);
  ask(&dl);
  if (!copy.isfinite().all().item<bool>())
    hook.broke_contract(std::string("left values that are not numbers in the ") + what + ".");
  tensor = copy.to(tensor.device(), tensor.scalar_type());
}

template <class Hook, class Ask>
void change(const Hook& hook, cv::Mat& picture, const char* what, const Ask& ask) {
  cv::Mat copy = picture.clone();
  const MatTensor shown(copy);
  DLTensor dl = *shown.tensor();
  ask(&dl);
  if (!cv::checkRange(copy))
    hook.broke_contract(std::string("left values that are not numbers in the ") + what + ".");
  picture = copy;
}

// Each hook in turn changes `value` at `point`.
template <class Hooks, class Point, class Value>
void change_by_each(const Hooks& hooks, Point point, const HookSegment& segment, Value& value,
                    const char* what) {
  for (const auto* hook : hooks)
    change(*hook, value, what, [&](DLTensor* dl) { hook->ask(point, segment.c(), dl); });
}

// The part of a SEG's mask that lies in `crop`, 0 around it.
cv::Mat mask_in(const Seg& seg, const Region& crop) {
  cv::Mat mask = cv::Mat::zeros(crop.height(), crop.width(), CV_32F);
  const cv::Rect old_place(seg.crop.x1, seg.crop.y1, seg.crop.width(), seg.crop.height());
  const cv::Rect place(crop.x1, crop.y1, crop.width(), crop.height());
  const cv::Rect common = old_place & place;
  if (!common.empty()) seg.mask(common - old_place.tl()).copyTo(mask(common - place.tl()));
  return mask;
}

// CV_8U: 255 where any of the channels differs.
cv::Mat where_different(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat channels, any;
  cv::compare(a, b, channels, cv::CMP_NE);
  cv::reduce(channels.reshape(1, static_cast<int>(channels.total())), any, 1, cv::REDUCE_MAX);
  return any.reshape(1, a.rows);
}

template <class Hook>
void check_settings(const Hook& hook, const burin_hook_sampling& s) {
  constexpr std::uint32_t most_steps = 10000;
  const auto between = [](double v, double least, double most) {
    return std::isfinite(v) && v >= least && v <= most;
  };
  if (s.steps < 1 || s.steps > most_steps)
    hook.broke_contract("asks for " + std::to_string(s.steps) + " steps; expected 1 to 10000.");
  if (!between(s.cfg, 0, 100))
    hook.broke_contract("asks for cfg " + std::to_string(s.cfg) + "; expected 0 to 100.");
  if (!between(s.denoise, 0.0001, 1))
    hook.broke_contract("asks for denoise " + std::to_string(s.denoise) +
                        "; expected 0.0001 to 1.");
  if (!between(s.positive_strength, 0, 2) || !between(s.negative_strength, 0, 2))
    hook.broke_contract("asks for a conditioning strength outside 0 to 2.");
  if (s.sampler == nullptr || !is_sampler(s.sampler))
    hook.broke_contract("asks for the sampler '" + std::string(s.sampler ? s.sampler : "") +
                        "', which there is not.");
  if (s.scheduler == nullptr || !is_scheduler(s.scheduler))
    hook.broke_contract("asks for the scheduler '" + std::string(s.scheduler ? s.scheduler : "") +
                        "', which there is not.");
}

}  // namespace

HookModules::HookModules(const burin_host* host, const std::vector<Hook>& hooks) {
  for (const Hook& hook : hooks) {
    const auto* module = std::get_if<ModuleHook>(&hook);
    by_hook_.push_back(module ? std::make_unique<Instance>(host, *module) : nullptr);
  }
}

HookModules::~HookModules() = default;

bool HookModules::empty() const {
  return std::none_of(by_hook_.begin(), by_hook_.end(), [](const auto& m) { return bool(m); });
}

template <class Point>
std::vector<const HookModules::Instance*> HookModules::taking(Point point) const {
  std::vector<const Instance*> hooks;
  for (const auto& hook : by_hook_)
    if (hook && hook->takes(point)) hooks.push_back(hook.get());
  return hooks;
}

void HookModules::post_detection(Segs& segs) {
  for (const Instance* hook : taking(&burin_detail_hook::post_detection)) {
    if (segs.segs.empty()) return;
    const std::size_t count = segs.segs.size();
    std::vector<burin_hook_detection> found(count);
    std::vector<std::unique_ptr<MatTensor>> masks;
    std::vector<const burin_hook_detection*> pointers;
    for (std::size_t i = 0; i < count; ++i) {
      const Seg& seg = segs.segs[i];
      masks.push_back(std::make_unique<MatTensor>(seg.mask));
      found[i] = {sizeof found[i],       seg.id,
                  seg.label.c_str(),     seg.confidence,
                  hook_box(seg.bbox),    hook_region(seg.crop),
                  masks.back()->tensor()};
      pointers.push_back(&found[i]);
    }
    std::vector<std::uint32_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = static_cast<std::uint32_t>(i);
    std::size_t kept = count;
    hook->ask(&burin_detail_hook::post_detection, segs.width, segs.height, pointers.data(), count,
              order.data(), &kept);
    std::vector<bool> taken(count);
    std::vector<Seg> chosen;
    for (std::size_t k = 0; k < kept; ++k) {
      if (kept > count || order[k] >= count || taken[order[k]])
        hook->broke_contract("kept a segment that there is not, or one twice.");
      taken[order[k]] = true;
      chosen.push_back(segs.segs[order[k]]);
    }
    segs.segs = std::move(chosen);
  }
}

void HookModules::post_crop_region(Segs& segs, const Job& job, const DetailerSettings& settings,
                                   const Run& run) {
  const auto hooks = taking(&burin_detail_hook::post_crop_region);
  for (std::size_t i = 0; !hooks.empty() && i < segs.segs.size(); ++i) {
    Seg& seg = segs.segs[i];
    const HookSegment segment(segs, i, job, settings, run);
    burin_region crop = hook_region(seg.crop);
    for (const Instance* hook : hooks) {
      hook->ask(&burin_detail_hook::post_crop_region, segment.c(), &crop);
      if (crop.x1 < 0 || crop.y1 < 0 || crop.x2 > segs.width || crop.y2 > segs.height ||
          crop.x1 >= crop.x2 || crop.y1 >= crop.y2)
        hook->broke_contract("left a crop region outside the picture, or an empty one.");
    }
    const Region region{crop.x1, crop.y1, crop.x2, crop.y2};
    if (region == seg.crop) continue;
    seg.mask = mask_in(seg, region);
    seg.crop = region;
  }
}

cv::Size HookModules::touch_scaled_size(const Segs& segs, std::size_t index, cv::Size size,
                                        const Job& job, const DetailerSettings& settings,
                                        const Run& run) {
  constexpr std::uint32_t longest = 16384;
  const auto hooks = taking(&burin_detail_hook::touch_scaled_size);
  if (hooks.empty()) return size;
  const HookSegment segment(segs, index, job, settings, run);
  auto width = static_cast<std::uint32_t>(size.width),
       height = static_cast<std::uint32_t>(size.height);
  for (const Instance* hook : hooks) {
    hook->ask(&burin_detail_hook::touch_scaled_size, segment.c(), &width, &height);
    if (width < 1 || height < 1 || width > longest || height > longest)
      hook->broke_contract("left a size of " + std::to_string(width) + " x " +
                           std::to_string(height) + "; expected 1 to 16384 a side.");
  }
  return {static_cast<int>(width), static_cast<int>(height)};
}

void HookModules::post_encode(const HookPoint& point, at::Tensor& latent) {
  const auto hooks = taking(&burin_detail_hook::post_encode);
  if (hooks.empty()) return;
  of_one_segment([&] {
    change_by_each(hooks, &burin_detail_hook::post_encode, HookSegment(point), latent, "latent");
  });
}

void HookModules::set_steps(const HookPoint& point) {
  const auto hooks = taking(&burin_detail_hook::set_steps);
  if (hooks.empty()) return;
  of_one_segment([&] {
    const HookSegment segment(point);
    for (const Instance* hook : hooks)
      hook->ask(&burin_detail_hook::set_steps, segment.c(), static_cast<std::uint32_t>(point.cycle),
                static_cast<std::uint32_t>(point.context.settings.cycle));
  });
}

void HookModules::cycle_latent(std::size_t index, const HookPoint& point, at::Tensor& latent) {
  const Instance* hook = by_hook_[index].get();
  if (!hook || !hook->takes(&burin_detail_hook::cycle_latent)) return;
  of_one_segment([&] {
    change_by_each(std::array{hook}, &burin_detail_hook::cycle_latent, HookSegment(point), latent,
                   "latent");
  });
}

bool HookModules::skips_sampling(const HookPoint& point) {
  const auto hooks = taking(&burin_detail_hook::get_skip_sampling);
  if (hooks.empty()) return false;
  return of_one_segment([&] {
    const HookSegment segment(point);
    bool skips = false;
    for (const Instance* hook : hooks) {
      std::int32_t skip = 0;
      hook->ask(&burin_detail_hook::get_skip_sampling, segment.c(), &skip);
      skips |= skip != 0;
    }
    return skips;
  });
}

void HookModules::pre_ksample(const HookPoint& point, const at::Tensor& latent,
                              CycleSettings& settings) {
  const auto hooks = taking(&burin_detail_hook::pre_ksample);
  if (hooks.empty()) return;
  of_one_segment([&] {
    const HookSegment segment(point);
    const at::Tensor shown = latent.to(at::kCPU, at::kFloat).contiguous();
    const DLTensor dl = lent_tensor(shown);
    for (const Instance* hook : hooks) {
      burin_hook_sampling sampling{};
      sampling.struct_size = sizeof sampling;
      sampling.steps = static_cast<std::uint32_t>(settings.steps);
      sampling.seed = settings.seed;
      sampling.cfg = settings.cfg;
      sampling.denoise = settings.denoise;
      sampling.sampler = settings.sampler.c_str();
      sampling.scheduler = settings.scheduler.c_str();
      sampling.positive_strength = settings.positive_strength;
      sampling.negative_strength = settings.negative_strength;
      hook->ask(&burin_detail_hook::pre_ksample, segment.c(), &dl, &sampling);
      check_settings(*hook, sampling);
      settings = {static_cast<int>(sampling.steps),
                  sampling.cfg,
                  sampling.denoise,
                  std::string(sampling.sampler),
                  std::string(sampling.scheduler),
                  sampling.seed,
                  sampling.positive_strength,
                  sampling.negative_strength};
    }
  });
}

void HookModules::custom_noise(std::size_t index, const HookPoint& point, std::uint64_t seed,
                               at::Tensor& noise) {
  const Instance* hook = by_hook_[index].get();
  if (!hook || !hook->takes(&burin_detail_hook::get_custom_noise)) return;
  of_one_segment([&] {
    const HookSegment segment(point);
    change(*hook, noise, "noise", [&](DLTensor* dl) {
      hook->ask(&burin_detail_hook::get_custom_noise, segment.c(), seed, dl);
    });
  });
}

void HookModules::pre_decode(const HookPoint& point, at::Tensor& latent) {
  const auto hooks = taking(&burin_detail_hook::pre_decode);
  if (hooks.empty()) return;
  of_one_segment([&] {
    change_by_each(hooks, &burin_detail_hook::pre_decode, HookSegment(point), latent, "latent");
  });
}

void HookModules::post_decode(const HookPoint& point, cv::Mat& pixels) {
  const auto hooks = taking(&burin_detail_hook::post_decode);
  if (hooks.empty()) return;
  of_one_segment([&] {
    change_by_each(hooks, &burin_detail_hook::post_decode, HookSegment(point, pixels.size()),
                   pixels, "redrawn crop");
  });
}

bool HookModules::wants_retry(const HookPoint& point, const cv::Mat& pixels) {
  auto hooks = taking(&burin_detail_hook::should_retry_patch);
  std::erase_if(hooks, [&](const Instance* hook) { return point.attempt >= hook->attempts; });
  if (hooks.empty()) return false;
  return of_one_segment([&] {
    const HookSegment segment(point, pixels.size());
    const MatTensor shown(pixels);
    bool again = false;
    for (const Instance* hook : hooks) {
      std::int32_t retry = 0;
      hook->ask(&burin_detail_hook::should_retry_patch, segment.c(), shown.tensor(), &retry);
      again |= retry != 0;
    }
    return again;
  });
}

void HookModules::post_paste(const HookPoint& point, Layer& layer) {
  const auto hooks = taking(&burin_detail_hook::post_paste);
  if (hooks.empty()) return;
  of_one_segment([&] {
    const cv::Mat& before = point.crop.srgb;
    std::vector<cv::Mat> share(3, layer.mask);
    cv::Mat mask;
    cv::merge(share, mask);
    const cv::Mat shown = before + mask.mul(layer.crop - before);
    cv::Mat left = shown.clone();
    change_by_each(hooks, &burin_detail_hook::post_paste, HookSegment(point, before, layer.mask),
                   left, "picture");
    show_whole(layer, (layer.mask > 0) & where_different(left, shown),
               point.context.colours.from_srgb(left), left);
  });
}

}  // namespace burin::core
