// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Stage encode: what the model sees of a segment, its masks, and its latent.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <opencv2/imgproc.hpp>
#include <string_view>

#include "detail/autoencode.hpp"
#include "detail/control.hpp"
#include "detail/crop.hpp"
#include "detail/remembered.hpp"
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

// What of a side of `length` model pixels the autoencoder takes.
cv::Range taken(int length, int factor) {
  const int offset = length % factor / 2;
  return {offset, offset + length / factor * factor};
}

// The reference brings the mask to the picture's size first, for an inpainting model's conditions
// and for the noise mask alike.
void hide_as_impact(Crop& crop, const at::Tensor& blurred, int factor, cv::Size latent) {
  const cv::Range rows = taken(crop.task->height, factor),
                  columns = taken(crop.task->width, factor);
  const at::Tensor whole = mask_to_latent(blurred, crop.task->height, crop.task->width);
  const at::Tensor mask = whole.slice(2, rows.start, rows.end).slice(3, columns.start, columns.end);
  crop.denoise = mask_to_latent(mask[0][0].contiguous(), latent.height, latent.width);
  crop.hidden = crop.denoise.round();
  crop.hidden_pixels = whole.round()[0][0];
}

void see_as_impact(const DetailContext& context, Crop& crop) {
  const Task& task = *crop.task;
  const auto& settings = context.settings;
  crop.seen = resize_8bit(crop.srgb, task.width, task.height);
  const at::Tensor mask = to_tensor(crop.seg->mask)[0][0];
  crop.blend = paste_mask(context, *crop.seg);
  const int factor = context.model.family.latent_factor;
  const cv::Size size = latent_size(task, factor);
  if (settings.noise_mask) {
    const at::Tensor blurred = blur_mask(mask, settings.noise_mask_feather);
    if (settings.inpaint_model)
      hide_as_impact(crop, blurred, factor, size);
    else
      crop.denoise = mask_to_latent(blurred, size.height, size.width);
  }
  if (const auto& rect = context.job.prompt_mask) {
    const Region& region = crop.seg->crop;
    at::Tensor held = at::zeros({region.height(), region.width()});
    const auto inside = [](std::int64_t value, int start, int length) {
      return std::clamp<std::int64_t>(value - start, 0, length);
    };
    held.slice(0, inside(rect->y1, region.y1, region.height()),
               inside(rect->y2, region.y1, region.height()))
        .slice(1, inside(rect->x1, region.x1, region.width()),
               inside(rect->x2, region.x1, region.width()))
        .fill_(1);
    crop.prompt_mask = mask_to_latent(held, size.height, size.width);
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
  Box part = relative_to(task.source, reach.x1, reach.y1);
  if (context.upscaler != nullptr && task.scale > 1) {
    const cv::Mat enlarged = context.upscaler->enlarged(around, context.run);
    const double factor = static_cast<double>(enlarged.cols) / around.cols;
    around = enlarged;
    part = {part.x1 * factor, part.y1 * factor, part.x2 * factor, part.y2 * factor};
  }
  crop.seen = resample(around, part, task.width, task.height);
  cv::min(cv::max(crop.seen, 0), 1, crop.seen);

  const double face_side = std::min(seg.bbox.width(), seg.bbox.height());
  const double feather = context.job.paste_feather.value_or(kDefaultFeatherOfFace * face_side);
  crop.blend = feather_mask(seg.mask, feather);
  fade_border(crop.blend, feather, seg.crop.x1 == 0, seg.crop.y1 == 0,
              seg.crop.x2 == context.image.width, seg.crop.y2 == context.image.height);
  const cv::Size size = latent_size(task, context.model.family.latent_factor);
  if (const auto& rect = context.job.prompt_mask) {
    const auto inside = [](std::int64_t value, int length) {
      return static_cast<int>(std::clamp<std::int64_t>(value, 0, length));
    };
    const Region held{inside(rect->x1, context.image.width), inside(rect->y1, context.image.height),
                      inside(rect->x2, context.image.width),
                      inside(rect->y2, context.image.height)};
    crop.prompt_mask =
        held.width() > 0 && held.height() > 0
            ? to_tensor(mask_on_grid(cv::Mat::ones(held.height(), held.width(), CV_32F), held,
                                     task.source, size))
            : at::zeros({1, 1, size.height, size.width});
  }
  if (!context.settings.noise_mask) return;
  cv::Mat grown = grow_mask(crop.blend, feather);
  if (context.settings.noise_mask_feather > 0)
    grown = cv::max(grown, feather_mask(grown, context.settings.noise_mask_feather));
  crop.denoise = to_tensor(mask_on_grid(grown, seg.crop, task.source, size));
  if (!context.settings.inpaint_model) return;
  crop.hidden = crop.denoise.round();
  crop.hidden_pixels = at::upsample_nearest2d(crop.hidden, {task.height, task.width})[0][0];
}

PictureKey key_of(const at::Tensor& pixels, bool reference) {
  const at::Tensor planes = pixels.contiguous();
  PictureKey key{pixels.size(3), pixels.size(2), {}, reference};
  const auto bytes = static_cast<std::size_t>(key.width * key.height) * sizeof(float);
  for (std::size_t c = 0; c < key.planes.size(); ++c)
    key.planes[c] = std::hash<std::string_view>{}(
        {static_cast<const char*>(planes.const_data_ptr()) + c * bytes, bytes});
  return key;
}

// Of pixels in host memory, float32 [1, 3, h, w].
at::Tensor encoded(const DetailContext& context, const at::Tensor& pixels) {
  const auto encode = [&] {
    return encode_within_memory(context, pixels.to(context.model.device));
  };
  if (context.remembered == nullptr) return encode();
  const PictureKey key = key_of(pixels, follows_reference(context.job.semantics));
  auto& latents = context.remembered->latents;
  if (const at::Tensor* known = latents.find(key)) return known->clone();
  at::Tensor latent = encode();
  latents.add(key, latent.clone());
  return latent;
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
    const cv::Range rows = taken(crop.seen.rows, factor), columns = taken(crop.seen.cols, factor);
    const at::Tensor pixels = to_tensor(crop.seen(rows, columns));
    crop.latent = to_model_space(model.family, encoded(context, pixels));
    if (!crop.hidden_pixels.defined()) continue;
    const at::Tensor shown =
        1 - crop.hidden_pixels.slice(0, rows.start, rows.end).slice(1, columns.start, columns.end);
    crop.seen_latent = encoded(context, (pixels - 0.5) * shown + 0.5);
  }
}

}  // namespace burin::core
