// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Filling burin_hook_segment.
#include "detail/hook_segment.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <opencv2/imgproc.hpp>

#include "diffusion/noise.hpp"
#include "modules/host_calls.hpp"

namespace burin::core {
namespace {

burin_status draw_noise(void* ctx, std::uint64_t seed, DLTensor* out) {
  (void)ctx;
  if (out == nullptr || out->data == nullptr || out->ndim < 1 || out->dtype.code != kDLFloat ||
      out->dtype.bits != 32 || out->dtype.lanes != 1 || out->device.device_type != kDLCPU)
    return BURIN_E_INVALID;
  try {
    const at::Tensor noise =
        initial_noise(seed, at::IntArrayRef(out->shape, static_cast<std::size_t>(out->ndim)));
    std::memcpy(static_cast<char*>(out->data) + out->byte_offset, noise.const_data_ptr(),
                static_cast<std::size_t>(noise.numel()) * sizeof(float));
    return BURIN_OK;
  } catch (const std::bad_alloc&) {
    return BURIN_E_MEMORY;
  } catch (...) {
    return BURIN_E_INVALID;
  }
}

// The mask as the model sees it.
cv::Mat mask_seen(const HookPoint& point) {
  const Crop& crop = point.crop;
  if (!follows_reference(point.context.job.semantics))
    return mask_on_grid(crop.blend, crop.seg->crop, crop.task->source, crop.seen.size());
  cv::Mat mask;
  cv::resize(crop.blend, mask, crop.seen.size(), 0, 0, cv::INTER_LINEAR);
  return mask;
}

cv::Mat centre(const cv::Mat& picture, cv::Size size) {
  return picture(cv::Rect((picture.cols - size.width) / 2, (picture.rows - size.height) / 2,
                          size.width, size.height))
      .clone();
}

}  // namespace

burin_region hook_box(const Box& box) {
  return {
      static_cast<std::int32_t>(std::floor(box.x1)), static_cast<std::int32_t>(std::floor(box.y1)),
      static_cast<std::int32_t>(std::ceil(box.x2)), static_cast<std::int32_t>(std::ceil(box.y2))};
}

burin_region hook_region(const Region& region) {
  return {region.x1, region.y1, region.x2, region.y2};
}

HookSegment::HookSegment(const Segs& segs, std::size_t index, const Job& job,
                         const DetailerSettings& settings, const Run& run) {
  const Seg& seg = segs.segs[index];
  fill(seg, run, segs.width, segs.height);
  c_.index = static_cast<std::uint32_t>(index);
  c_.count = static_cast<std::uint32_t>(segs.segs.size());
  c_.cycles = static_cast<std::uint32_t>(settings.cycle);
  c_.seed = seg.seed.value_or(follows_reference(job.semantics) ? settings.seed
                                                               : own_seed(seg, settings.seed));
}

HookSegment::HookSegment(const HookPoint& point) {
  fill(point);
  show(point.crop.seen, mask_seen(point));
}

HookSegment::HookSegment(const HookPoint& point, cv::Size size) {
  fill(point);
  show(centre(point.crop.seen, size), centre(mask_seen(point), size));
}

HookSegment::HookSegment(const HookPoint& point, const cv::Mat& original, const cv::Mat& mask) {
  fill(point);
  show(original, mask);
}

void HookSegment::fill(const HookPoint& point) {
  const DetailContext& context = point.context;
  fill(*point.crop.seg, context.run, context.image.width, context.image.height);
  for (std::size_t i = 0; i < context.plan.tasks.size(); ++i) {
    c_.count += context.plan.tasks[i].run;
    if (i < point.crop.task_index) c_.index += context.plan.tasks[i].run;
  }
  c_.cycle = static_cast<std::uint32_t>(point.cycle);
  c_.cycles = static_cast<std::uint32_t>(context.settings.cycle);
  c_.attempt = static_cast<std::uint32_t>(point.attempt);
  c_.seed = context.plan.tasks[point.crop.task_index].seeds.front();
}

void HookSegment::fill(const Seg& seg, const Run& run, int width, int height) {
  label_ = seg.label;
  run_ = to_abi(run);
  c_.struct_size = sizeof c_;
  c_.cycles = 1;
  c_.id = seg.id;
  c_.label = label_.c_str();
  c_.confidence = seg.confidence;
  c_.box = hook_box(seg.bbox);
  c_.crop = hook_region(seg.crop);
  c_.width = width;
  c_.height = height;
  c_.run = &run_;
  c_.draw_noise = draw_noise;
}

void HookSegment::show(const cv::Mat& original, const cv::Mat& mask) {
  original_ = std::make_unique<MatTensor>(original);
  mask_ = std::make_unique<MatTensor>(mask);
  c_.original = original_->tensor();
  c_.mask = mask_->tensor();
}

}  // namespace burin::core
