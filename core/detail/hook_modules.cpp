// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a hook is lent, and what is taken from it.
#include "detail/hook_modules.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "burin/role/detail_hook.h"
#include "detail/hook_segment.hpp"
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

  const ModuleCall& call() const { return module.call(); }

  // Calls a point where the module takes it; returns whether it does.
  template <class Point, class... Arguments>
  bool at_point(Point burin_detail_hook::*point, Arguments... arguments) const {
    const burin_detail_hook* role = module.role();
    const auto* end = reinterpret_cast<const char*>(&(role->*point)) + sizeof(role->*point);
    if (role->struct_size < static_cast<std::size_t>(end - reinterpret_cast<const char*>(role)))
      return false;
    if (role->*point == nullptr) return false;
    call().check((role->*point)(module.self(), arguments...));
    return true;
  }
};

namespace {

// Runs `work`; what a module does wrong fails its segment alone.
template <class Work>
auto of_one_segment(const Work& work) {
  try {
    return work();
  } catch (const HookError&) {
    throw;
  } catch (const Error& error) {
    if (error.status() == BURIN_E_CANCELLED) throw;
    throw HookError(error.status(), error.what());
  }
}

DLTensor lent(const at::Tensor& tensor) {
  DLTensor dl{};
  dl.data = tensor.data_ptr();
  dl.device = {kDLCPU, 0};
  dl.ndim = static_cast<int>(tensor.dim());
  dl.dtype = {kDLFloat, 32, 1};
  dl.shape = const_cast<std::int64_t*>(tensor.sizes().data());
  return dl;
}

void expect_finite(const ModuleCall& call, const at::Tensor& tensor, const char* what) {
  if (!tensor.isfinite().all().item<bool>())
    call.broke_contract(std::string("left values that are not numbers in the ") + what + ".");
}

// Lends a copy of `tensor` and takes what is left in it.
template <class Use>
void change(const ModuleCall& call, at::Tensor& tensor, const char* what, const Use& use) {
  const at::Tensor copy = tensor.to(at::kCPU, at::kFloat).contiguous().clone();
  DLTensor dl = lent(copy);
  if (!use(&dl)) return;
  expect_finite(call, copy, what);
  tensor = copy.to(tensor.device(), tensor.scalar_type());
}

template <class Use>
void change(const ModuleCall& call, cv::Mat& picture, const char* what, const Use& use) {
  cv::Mat copy = picture.clone();
  const MatTensor shown(copy);
  DLTensor dl = *shown.tensor();
  if (!use(&dl)) return;
  if (!cv::checkRange(copy))
    call.broke_contract(std::string("left values that are not numbers in the ") + what + ".");
  picture = copy;
}

burin_region region_of(const Region& region) {
  return {region.x1, region.y1, region.x2, region.y2};
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

void check_settings(const ModuleCall& call, const burin_hook_sampling& s) {
  constexpr std::uint32_t most_steps = 10000;
  const auto between = [](double v, double least, double most) {
    return std::isfinite(v) && v >= least && v <= most;
  };
  if (s.steps < 1 || s.steps > most_steps)
    call.broke_contract("asks for " + std::to_string(s.steps) + " steps; expected 1 to 10000.");
  if (!between(s.cfg, 0, 100))
    call.broke_contract("asks for cfg " + std::to_string(s.cfg) + "; expected 0 to 100.");
  if (!between(s.denoise, 0.0001, 1))
    call.broke_contract("asks for denoise " + std::to_string(s.denoise) +
                        "; expected 0.0001 to 1.");
  if (!between(s.positive_strength, 0, 2) || !between(s.negative_strength, 0, 2))
    call.broke_contract("asks for a conditioning strength outside 0 to 2.");
  if (s.sampler == nullptr || !is_sampler(s.sampler))
    call.broke_contract("asks for the sampler '" + std::string(s.sampler ? s.sampler : "") +
                        "', which there is not.");
  if (s.scheduler == nullptr || !is_scheduler(s.scheduler))
    call.broke_contract("asks for the scheduler '" + std::string(s.scheduler ? s.scheduler : "") +
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

void HookModules::post_detection(Segs& segs) {
  for (const auto& hook : by_hook_) {
    if (!hook || segs.segs.empty()) continue;
    const std::size_t count = segs.segs.size();
    std::vector<burin_hook_detection> found(count);
    std::vector<std::unique_ptr<MatTensor>> masks;
    std::vector<const burin_hook_detection*> pointers;
    for (std::size_t i = 0; i < count; ++i) {
      const Seg& seg = segs.segs[i];
      masks.push_back(std::make_unique<MatTensor>(seg.mask));
      found[i] = {sizeof found[i],       seg.id,
                  seg.label.c_str(),     seg.confidence,
                  hook_box(seg.bbox),    region_of(seg.crop),
                  masks.back()->tensor()};
      pointers.push_back(&found[i]);
    }
    std::vector<std::uint32_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = static_cast<std::uint32_t>(i);
    std::size_t kept = count;
    if (!hook->at_point(&burin_detail_hook::post_detection, segs.width, segs.height,
                        pointers.data(), count, order.data(), &kept))
      continue;
    std::vector<bool> taken(count);
    std::vector<Seg> chosen;
    for (std::size_t k = 0; k < kept; ++k) {
      if (kept > count || order[k] >= count || taken[order[k]])
        hook->call().broke_contract("kept a segment that there is not, or one twice.");
      taken[order[k]] = true;
      chosen.push_back(segs.segs[order[k]]);
    }
    segs.segs = std::move(chosen);
  }
}

void HookModules::post_crop_region(Segs& segs, const Job& job, const DetailerSettings& settings,
                                   const Run& run) {
  for (std::size_t i = 0; i < segs.segs.size(); ++i) {
    Seg& seg = segs.segs[i];
    const HookSegment segment(segs, i, job, settings, run);
    burin_region crop = region_of(seg.crop);
    for (const auto& hook : by_hook_) {
      if (!hook || !hook->at_point(&burin_detail_hook::post_crop_region, segment.c(), &crop))
        continue;
      if (crop.x1 < 0 || crop.y1 < 0 || crop.x2 > segs.width || crop.y2 > segs.height ||
          crop.x1 >= crop.x2 || crop.y1 >= crop.y2)
        hook->call().broke_contract("left a crop region outside the picture, or an empty one.");
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
  const HookSegment segment(segs, index, job, settings, run);
  auto width = static_cast<std::uint32_t>(size.width),
       height = static_cast<std::uint32_t>(size.height);
  for (const auto& hook : by_hook_)
    if (hook &&
        hook->at_point(&burin_detail_hook::touch_scaled_size, segment.c(), &width, &height) &&
        (width < 1 || height < 1 || width > longest || height > longest))
      hook->call().broke_contract("left a size of " + std::to_string(width) + " x " +
                                  std::to_string(height) + "; expected 1 to 16384 a side.");
  return {static_cast<int>(width), static_cast<int>(height)};
}

void HookModules::post_encode(const HookPoint& point, at::Tensor& latent) {
  of_one_segment([&] {
    const HookSegment segment(point);
    for (const auto& hook : by_hook_)
      if (hook)
        change(hook->call(), latent, "latent", [&](DLTensor* dl) {
          return hook->at_point(&burin_detail_hook::post_encode, segment.c(), dl);
        });
  });
}

void HookModules::set_steps(const HookPoint& point) {
  of_one_segment([&] {
    const HookSegment segment(point);
    for (const auto& hook : by_hook_)
      if (hook)
        hook->at_point(&burin_detail_hook::set_steps, segment.c(),
                       static_cast<std::uint32_t>(point.cycle),
                       static_cast<std::uint32_t>(point.context.settings.cycle));
  });
}

void HookModules::cycle_latent(std::size_t index, const HookPoint& point, at::Tensor& latent) {
  const auto& hook = by_hook_[index];
  if (!hook) return;
  of_one_segment([&] {
    const HookSegment segment(point);
    change(hook->call(), latent, "latent", [&](DLTensor* dl) {
      return hook->at_point(&burin_detail_hook::cycle_latent, segment.c(), dl);
    });
  });
}

bool HookModules::skips_sampling(const HookPoint& point) {
  return of_one_segment([&] {
    const HookSegment segment(point);
    bool skips = false;
    for (const auto& hook : by_hook_) {
      std::int32_t skip = 0;
      if (hook && hook->at_point(&burin_detail_hook::get_skip_sampling, segment.c(), &skip))
        skips |= skip != 0;
    }
    return skips;
  });
}

void HookModules::pre_ksample(const HookPoint& point, const at::Tensor& latent,
                              CycleSettings& settings) {
  of_one_segment([&] {
    const HookSegment segment(point);
    const at::Tensor shown = latent.to(at::kCPU, at::kFloat).contiguous();
    const DLTensor dl = lent(shown);
    for (const auto& hook : by_hook_) {
      if (!hook) continue;
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
      if (!hook->at_point(&burin_detail_hook::pre_ksample, segment.c(), &dl, &sampling)) continue;
      check_settings(hook->call(), sampling);
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
  const auto& hook = by_hook_[index];
  if (!hook) return;
  of_one_segment([&] {
    const HookSegment segment(point);
    change(hook->call(), noise, "noise", [&](DLTensor* dl) {
      return hook->at_point(&burin_detail_hook::get_custom_noise, segment.c(), seed, dl);
    });
  });
}

void HookModules::pre_decode(const HookPoint& point, at::Tensor& latent) {
  of_one_segment([&] {
    const HookSegment segment(point);
    for (const auto& hook : by_hook_)
      if (hook)
        change(hook->call(), latent, "latent", [&](DLTensor* dl) {
          return hook->at_point(&burin_detail_hook::pre_decode, segment.c(), dl);
        });
  });
}

void HookModules::post_decode(const HookPoint& point, cv::Mat& pixels) {
  of_one_segment([&] {
    const HookSegment segment(point, pixels.size());
    for (const auto& hook : by_hook_)
      if (hook)
        change(hook->call(), pixels, "redrawn crop", [&](DLTensor* dl) {
          return hook->at_point(&burin_detail_hook::post_decode, segment.c(), dl);
        });
  });
}

bool HookModules::wants_retry(const HookPoint& point, const cv::Mat& pixels) {
  return of_one_segment([&] {
    const HookSegment segment(point, pixels.size());
    const MatTensor shown(pixels);
    bool again = false;
    for (const auto& hook : by_hook_) {
      if (!hook || point.attempt >= hook->attempts) continue;
      std::int32_t retry = 0;
      if (hook->at_point(&burin_detail_hook::should_retry_patch, segment.c(), shown.tensor(),
                         &retry))
        again |= retry != 0;
    }
    return again;
  });
}

void HookModules::post_paste(const HookPoint& point, Layer& layer) {
  of_one_segment([&] {
    const cv::Mat& before = point.crop.srgb;
    std::vector<cv::Mat> share(3, layer.mask);
    cv::Mat mask;
    cv::merge(share, mask);
    const cv::Mat shown = before + mask.mul(layer.crop - before);
    cv::Mat left = shown.clone();
    const HookSegment segment(point, before, layer.mask);
    for (const auto& hook : by_hook_)
      if (hook)
        change(hook->call(), left, "picture", [&](DLTensor* dl) {
          return hook->at_point(&burin_detail_hook::post_paste, segment.c(), dl);
        });
    const cv::Mat colours = point.context.colours.from_srgb(left);
    const std::size_t channels = static_cast<std::size_t>(colours.channels());
    for (int y = 0; y < left.rows; ++y)
      for (int x = 0; x < left.cols; ++x) {
        float& covers = layer.mask.at<float>(y, x);
        if (covers <= 0 || left.at<cv::Vec3f>(y, x) == shown.at<cv::Vec3f>(y, x)) continue;
        covers = 1;
        std::copy_n(colours.ptr<float>(y, x), channels, layer.colours.ptr<float>(y, x));
        layer.crop.at<cv::Vec3f>(y, x) = left.at<cv::Vec3f>(y, x);
      }
  });
}

}  // namespace burin::core
