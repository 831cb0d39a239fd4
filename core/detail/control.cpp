// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Control networks in the detailer.
#include "detail/control.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "detail/tensor_mat.hpp"
#include "imaging/preprocess.hpp"
#include "imaging/resample.hpp"

namespace burin::core {
namespace {

int type_of(const ControlUse& use) {
  for (const auto& [name, index] : control_types())
    if (name == use.type) return index;
  return -1;
}

cv::Mat part_of(const DetailContext& context, const Crop& crop, const cv::Mat& picture) {
  const ImageView& image = context.image;
  const Region& region = crop.seg->crop;
  if (context.job.semantics == Semantics::impact)
    return resize_8bit(picture, image.width, image.height)(
               cv::Rect(region.x1, region.y1, region.width(), region.height()))
        .clone();
  const double sx = static_cast<double>(picture.cols) / image.width,
               sy = static_cast<double>(picture.rows) / image.height;
  const Box& source = crop.task->source;
  cv::Mat part = resample(picture, {source.x1 * sx, source.y1 * sy, source.x2 * sx, source.y2 * sy},
                          crop.seen.cols, crop.seen.rows);
  return cv::min(cv::max(part, 0), 1);
}

}  // namespace

std::vector<cv::Mat> control_pictures(const DetailContext& context, const Crop& crop) {
  std::vector<cv::Mat> pictures;
  for (std::size_t i = 0; i < context.job.controls.size(); ++i) {
    const ControlUse& use = context.job.controls[i];
    if (!context.control_images[i].empty()) {
      pictures.push_back(part_of(context, crop, context.control_images[i]));
      continue;
    }
    cv::Mat mask;
    if (use.preprocessor == "inpaint")
      mask = mask_on_grid(crop.seg->mask, crop.seg->crop, crop.task->source, crop.seen.size());
    pictures.push_back(
        is_module_id(use.preprocessor)
            ? preprocess_by_module(
                  context.host, {use.preprocessor, use.preprocessor_params, context.job.base_dir},
                  crop.seen, context.run)
            : preprocess(use.preprocessor, use.preprocessor_params, crop.seen, mask));
  }
  return pictures;
}

void attach_controls(const DetailContext& context, const std::vector<Crop>& crops,
                     GuidedModel& guided) {
  const at::Tensor& latent = crops.front().latent;
  ControlChain positive, negative;
  for (std::size_t i = 0; i < context.job.controls.size(); ++i) {
    const ControlUse& use = context.job.controls[i];
    if (use.strength == 0) continue;
    ControlLink link;
    link.model = context.controls.get(resolve_path(context.job, use.file), context.loras.state());
    link.strength = use.strength;
    link.first_sigma = context.levels.percent_to_sigma(use.start_percent);
    link.last_sigma = context.levels.percent_to_sigma(use.end_percent);
    link.type = type_of(use);
    std::vector<at::Tensor> pictures;
    for (const Crop& crop : crops)
      pictures.push_back(to_tensor(crop.controls[i]).to(context.model.device));
    show_pictures(link, pictures, latent.size(2), latent.size(3));
    positive.push_back(link);
    const bool whole_range = use.start_percent == 0 && use.end_percent == 1;
    if (!whole_range || context.job.semantics == Semantics::burin) negative.push_back(link);
  }
  if (positive.empty()) return;
  const auto chain = std::make_shared<const ControlChain>(positive);
  for (Conditioning& entry : guided.positive) entry.control = chain;
  if (negative.empty()) {
    for (std::size_t k = 0; k < guided.positive.size() && !guided.negative.empty(); ++k)
      guided.negative[k % guided.negative.size()].control = chain;
    return;
  }
  const auto other =
      negative.size() == positive.size() ? chain : std::make_shared<const ControlChain>(negative);
  for (Conditioning& entry : guided.negative) entry.control = other;
}

}  // namespace burin::core
