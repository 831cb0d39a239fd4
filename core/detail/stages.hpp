// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The later stages of the detailer.
#pragma once

#include <functional>
#include <memory>

#include "detail/conditioning.hpp"

namespace burin::core {

// Called after each step, counted from 1, with its prediction [N, C, lh, lw] in the model's space.
using StepCallback =
    std::function<void(int step, int steps, int cycle, const at::Tensor& denoised)>;
// Called with what a sampler run of one crop computed: name ("sigmas", "latent", ...), the run
// counted from 0 over the cycles and, within each, unsamplers and models; crop index, tensor.
using TraceCallback =
    std::function<void(const char* name, int run, std::size_t crop, const at::Tensor& tensor)>;

// The prompts of the model and, where there is one, of the refiner.
struct PromptCaches {
  explicit PromptCaches(const DetailContext& context);
  PromptCache base;
  std::unique_ptr<PromptCache> refiner;
};

// All cycles of a batch whose crops have one latent size. Returns [N, C, lh, lw], model space.
// evaluations is increased. attempt: how often the crops were sent back to be done again.
at::Tensor sample(const DetailContext& context, PromptCaches& prompts,
                  const std::vector<Crop>& crops, int attempt, const StepCallback& after_step,
                  const TraceCallback& trace, int& evaluations);

// One latent to an RGB picture, CV_32FC3 0..1.
cv::Mat decode(const DetailContext& context, const at::Tensor& latent);

// Resizes the redrawn picture to the crop region and takes back the colour drift.
struct Fitted {
  cv::Mat crop;     // CV_32FC3 sRGB, crop region
  cv::Mat colours;  // CV_32FC(colours), document encoding, crop region
  DriftReport drift;
};
Fitted fit(const DetailContext& context, const Crop& crop, const cv::Mat& redrawn);

Layer make_layer(const DetailContext& context, const Crop& crop, Fitted fitted);
// Where `where` (CV_8U, region size) is not 0 the layer holds this picture, in document encoding
// and in sRGB, and shows it whole.
void show_whole(Layer& layer, const cv::Mat& where, const cv::Mat& colours, const cv::Mat& srgb);
// The original stays; `message` says why.
Layer keep_original(const DetailContext& context, std::size_t task_index, LayerStatus status,
                    const std::string& message);

}  // namespace burin::core
