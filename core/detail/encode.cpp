// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Stage encode: what the model sees of a segment, its masks, and its latent.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "detail/control.hpp"
#include "detail/crop.hpp"
#include "detail/tensor_mat.hpp"
#include "diffusion/guidance.hpp"
#include "imaging/mask.hpp"
#include "imaging/resample.hpp"

namespace burin::core {
namespace {

constexpr double kDefaultFeatherOfFace = 0.06;
constexpr double kImpactPasteFeather = 5;

// Colours with what is transparent or not a number filled from its neighbours.
cv::Mat read_visible(const ImageView& image, const Region& region) {
  cv::Mat colours = read_colours(image, region);
  const bool may_hold_nan = image.depth == Depth::f16 || image.depth == Depth::f32;
  if (image.has_alpha() || may_hold_nan) fill_transparent(colours, read_alpha(image, region));
  return colours;
}

Box relative_to(const Box& box, double x, double y) {
  return {box.x1 - x, box.y1 - y, box.x2 - x, box.y2 - y};
}

void see_as_impact(const DetailContext& context, Crop& crop) {
  const Task& task = *crop.task;
  const auto& settings = context.settings;
  crop.seen = resize_8bit(crop.srgb, task.width, task.height);
  const at::Tensor mask = to_tensor(crop.seg->mask)[0][0];
  crop.blend = paste_mask(context, *crop.seg);
  if (settings.noise_mask) {
    const cv::Size size = latent_size(task, context.model.family.latent_factor);
    crop.denoise =
        mask_to_latent(blur_mask(mask, settings.noise_mask_feather), size.height, size.width);
  }
}

void see_as_burin(const DetailContext& context, Crop& crop) {
  const Task& task = *crop.task;
  const Seg& seg = *crop.seg;
  const Region reach = resample_reach(context.image.width, context.image.height, task.source,
                                      task.width, task.height);
  cv::Mat around = context.colours.to_srgb(read_visible(context.image, reach));
  const cv::Mat unclipped = around.clone();
  cv::min(cv::max(around, 0), 1, around);
  crop.carry_difference =
      task.carry_difference || cv::norm(around, unclipped, cv::NORM_INF) > 1.0 / 1024;
  crop.seen =
      resample(around, relative_to(task.source, reach.x1, reach.y1), task.width, task.height);
  cv::min(cv::max(crop.seen, 0), 1, crop.seen);

  const double face_side = std::min(seg.bbox.width(), seg.bbox.height());
  const double feather = context.job.paste_feather.value_or(kDefaultFeatherOfFace * face_side);
  crop.blend = feather_mask(seg.mask, feather);
  fade_border(crop.blend, feather, seg.crop.x1 == 0, seg.crop.y1 == 0,
              seg.crop.x2 == context.image.width, seg.crop.y2 == context.image.height);
  if (!context.settings.noise_mask) return;
  cv::Mat grown = grow_mask(crop.blend, feather);
  if (context.settings.noise_mask_feather > 0)
    grown = cv::max(grown, feather_mask(grown, context.settings.noise_mask_feather));
  crop.denoise = to_tensor(mask_on_grid(grown, seg.crop, task.source,
                                        latent_size(task, context.model.family.latent_factor)));
}

}  // namespace

// Exactly 0 and 1 matter: the threshold of differential diffusion starts at 1.
cv::Mat mask_on_grid(const cv::Mat& mask, const Region& region, const Box& box, cv::Size size) {
  const double scale = size.width / box.width();
  const int margin = static_cast<int>(std::ceil(3 * std::max(1.0, 1 / scale))) + 1;
  const int left = std::min(region.x1, static_cast<int>(std::floor(box.x1))) - margin;
  const int top = std::min(region.y1, static_cast<int>(std::floor(box.y1))) - margin;
  const int right = std::max(region.x2, static_cast<int>(std::ceil(box.x2))) + margin;
  const int bottom = std::max(region.y2, static_cast<int>(std::ceil(box.y2))) + margin;
  cv::Mat canvas = cv::Mat::zeros(bottom - top, right - left, CV_32F);
  mask.copyTo(canvas(cv::Rect(region.x1 - left, region.y1 - top, mask.cols, mask.rows)));
  cv::Mat on_grid = resample(canvas, relative_to(box, left, top), size.width, size.height);
  on_grid.forEach<float>([](float& v, const int*) { v = v > 0.995f ? 1.f : v < 0.005f ? 0.f : v; });
  return on_grid;
}

cv::Mat paste_mask(const DetailContext& context, const Seg& seg) {
  const int feather = static_cast<int>(context.job.paste_feather.value_or(kImpactPasteFeather));
  return to_mat(blur_mask(to_tensor(seg.mask)[0][0], feather));
}

cv::Size latent_size(const Task& task, int factor) {
  return {task.width / factor, task.height / factor};
}

Crop prepare_crop(const DetailContext& context, std::size_t task_index) {
  Crop crop;
  crop.task_index = task_index;
  crop.task = &context.plan.tasks[task_index];
  crop.seg = &context.segs.segs[crop.task->seg];
  crop.document = read_visible(context.image, crop.seg->crop);
  crop.srgb = context.colours.to_srgb(crop.document);
  if (follows_reference(context.job.semantics))
    see_as_impact(context, crop);
  else
    see_as_burin(context, crop);
  crop.controls = control_pictures(context, crop);
  return crop;
}

void encode(const DetailContext& context, std::vector<Crop>& crops) {
  const Model& model = context.model;
  const int factor = model.family.latent_factor;
  for (Crop& crop : crops) {
    context.run.check_cancelled();
    const int width = crop.seen.cols / factor * factor, height = crop.seen.rows / factor * factor;
    const cv::Rect centre((crop.seen.cols - width) / 2, (crop.seen.rows - height) / 2, width,
                          height);
    const at::Tensor pixels = to_tensor(crop.seen(centre)).to(model.device);
    crop.latent = encode(model.autoencoder, pixels) * model.family.latent_scale;
  }
}

}  // namespace burin::core
