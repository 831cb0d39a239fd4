// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Stage layers: one layer a task, redrawn or as it was.
#include <cctype>
#include <cstdio>

#include "detail/stages.hpp"

namespace burin::core {
namespace {

std::string layer_name(const DetailContext& context, const Seg& seg, const Task& task) {
  std::string label = seg.label.empty() ? "Segment" : seg.label;
  label[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(label[0])));
  char denoise[16];
  std::snprintf(denoise, sizeof denoise, "%.2f", context.settings.denoise);
  return label + " " + std::to_string(seg.id) + " \u00b7 " + denoise + " \u00b7 seed " +
         std::to_string(task.seeds.empty() ? context.settings.seed : task.seeds.front());
}

}  // namespace

Layer make_layer(const DetailContext& context, const Crop& crop, Fitted fitted) {
  Layer layer;
  layer.status = LayerStatus::done;
  layer.id = crop.seg->id;
  layer.region = crop.seg->crop;
  layer.colours = fitted.colours;
  layer.crop = fitted.crop;
  layer.mask = crop.blend * (context.job.paste_alpha / 255.0);
  cv::min(cv::max(layer.mask, 0), 1, layer.mask);
  layer.drift = fitted.drift;
  layer.controls = crop.controls;
  layer.name = layer_name(context, *crop.seg, *crop.task);
  if (crop.carry_difference)
    layer.message =
        "Only what changed was carried back: the crop was reduced or holds values the model cannot "
        "see.";
  return layer;
}

void show_whole(Layer& layer, const cv::Mat& where, const cv::Mat& colours, const cv::Mat& srgb) {
  layer.mask.setTo(1, where);
  colours.copyTo(layer.colours, where);
  srgb.copyTo(layer.crop, where);
}

Layer keep_original(const DetailContext& context, std::size_t task_index, LayerStatus status,
                    const std::string& message) {
  const Task& task = context.plan.tasks[task_index];
  const Seg& seg = context.segs.segs[task.seg];
  Layer layer;
  layer.status = status;
  layer.id = seg.id;
  layer.region = seg.crop;
  layer.colours = read_colours(context.image, seg.crop);
  layer.crop = context.colours.to_srgb(layer.colours);
  layer.mask = status == LayerStatus::skipped && context.job.semantics == Semantics::impact
                   ? paste_mask(context, seg) * (context.job.paste_alpha / 255.0)
                   : cv::Mat::zeros(seg.crop.height(), seg.crop.width(), CV_32F);
  layer.name = layer_name(context, seg, task);
  layer.message = message;
  return layer;
}

}  // namespace burin::core
