// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The result of a run as the ABI shows it, and its layers laid over the picture.
#include <algorithm>
#include <numeric>

#include "engine/engine.hpp"

namespace burin::core {

Result::Result(DetailResult detailed, Semantics semantics, std::vector<std::string> jobs,
               std::string report)
    : detailed_(std::move(detailed)),
      semantics_(semantics),
      jobs_(std::move(jobs)),
      report_(std::move(report)) {
  detailed_.trace.clear();
  for (const Layer& layer : detailed_.layers) {
    tensors_.push_back(std::make_unique<Tensors>(
        Tensors{MatTensor(layer.colours), MatTensor(layer.crop), MatTensor(layer.mask), {}, {}}));
    Tensors& tensors = *tensors_.back();
    tensors.controls.reserve(layer.controls.size());
    for (const cv::Mat& picture : layer.controls) tensors.controls.emplace_back(picture);
    for (const MatTensor& picture : tensors.controls)
      tensors.control_list.push_back(picture.tensor());
  }
}

void Result::describe(std::size_t index, burin_layer& out) const {
  const Layer& layer = detailed_.layers[index];
  const Tensors& tensors = *tensors_[index];
  burin_layer filled{};
  filled.struct_size = std::min<std::uint32_t>(out.struct_size, sizeof filled);
  filled.status = layer.status == LayerStatus::done      ? BURIN_LAYER_DONE
                  : layer.status == LayerStatus::skipped ? BURIN_LAYER_SKIPPED
                                                         : BURIN_LAYER_FAILED;
  filled.id = layer.id;
  filled.x = layer.region.x1;
  filled.y = layer.region.y1;
  filled.pixels = tensors.pixels.tensor();
  filled.crop = tensors.crop.tensor();
  filled.mask = tensors.mask.tensor();
  filled.name = layer.name.c_str();
  filled.message = layer.message.c_str();
  filled.job = jobs_[index].c_str();
  filled.drift_before = layer.drift.before;
  filled.drift_after = layer.drift.after;
  filled.control_count = tensors.control_list.size();
  filled.controls = tensors.control_list.data();
  std::copy_n(reinterpret_cast<const char*>(&filled), filled.struct_size,
              reinterpret_cast<char*>(&out));
}

// impact: in SEG order, kept originals included, as the reference pastes them. burin: larger ones
// first, so that smaller ones lie above.
void Result::flatten(ImageView& image) const {
  std::vector<const Layer*> order;
  for (const Layer& layer : detailed_.layers)
    if (layer.status == LayerStatus::done ||
        (layer.status == LayerStatus::skipped && semantics_ == Semantics::impact))
      order.push_back(&layer);
  if (semantics_ == Semantics::burin)
    std::stable_sort(order.begin(), order.end(), [](const Layer* a, const Layer* b) {
      const auto area = [](const Layer* l) {
        return static_cast<double>(l->region.width()) * l->region.height();
      };
      return area(a) > area(b);
    });
  for (const Layer* layer : order) blend_into(image, layer->region, layer->colours, layer->mask);
}

}  // namespace burin::core
