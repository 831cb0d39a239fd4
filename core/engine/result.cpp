// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The result of a run as the ABI shows it, and its layers laid over the picture.
#include <algorithm>
#include <numeric>

#include "engine/engine.hpp"

namespace burin::core {

LayerTensors::LayerTensors(const Layer& layer)
    : pixels_(layer.colours), crop_(layer.crop), mask_(layer.mask) {
  controls_.reserve(layer.controls.size());
  for (const cv::Mat& picture : layer.controls) controls_.emplace_back(picture);
  for (const MatTensor& picture : controls_) control_list_.push_back(picture.tensor());
}

void LayerTensors::describe(const Layer& layer, const std::string& job, burin_layer& out) const {
  burin_layer filled{};
  filled.struct_size = std::min<std::uint32_t>(out.struct_size, sizeof filled);
  filled.status = layer.status == LayerStatus::done      ? BURIN_LAYER_DONE
                  : layer.status == LayerStatus::skipped ? BURIN_LAYER_SKIPPED
                                                         : BURIN_LAYER_FAILED;
  filled.id = layer.id;
  filled.x = layer.region.x1;
  filled.y = layer.region.y1;
  filled.pixels = pixels_.tensor();
  filled.crop = crop_.tensor();
  filled.mask = mask_.tensor();
  filled.name = layer.name.c_str();
  filled.message = layer.message.c_str();
  filled.job = job.c_str();
  filled.drift_before = layer.drift.before;
  filled.drift_after = layer.drift.after;
  filled.control_count = control_list_.size();
  filled.controls = control_list_.data();
  std::copy_n(reinterpret_cast<const char*>(&filled), filled.struct_size,
              reinterpret_cast<char*>(&out));
}

Result::Result(DetailResult detailed, Semantics semantics, std::vector<std::string> jobs,
               std::string report)
    : detailed_(std::move(detailed)),
      semantics_(semantics),
      jobs_(std::move(jobs)),
      report_(std::move(report)) {
  detailed_.trace.clear();
  for (const Layer& layer : detailed_.layers)
    tensors_.push_back(std::make_unique<LayerTensors>(layer));
}

void Result::describe(std::size_t index, burin_layer& out) const {
  tensors_[index]->describe(detailed_.layers[index], jobs_[index], out);
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
