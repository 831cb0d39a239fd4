// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One task on its way: the document's part, what the model sees of it, and its masks.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <vector>

#include "detail/detail.hpp"

namespace burin::core {

struct Crop {
  const Seg* seg = nullptr;
  const Task* task = nullptr;
  std::size_t task_index = 0;
  cv::Mat document;               // CV_32FC(colours), crop region, document encoding
  cv::Mat srgb;                   // CV_32FC3, crop region, unclipped
  cv::Mat seen;                   // CV_32FC3 0..1, task size: the model's input
  cv::Mat blend;                  // CV_32F, crop region
  at::Tensor denoise;             // float32 [1, 1, lh, lw], or undefined: everything is sampled
  bool carry_difference = false;  // the model saw less than the document holds
  std::vector<cv::Mat> controls;  // CV_32FC3: what each control of the job is shown, in its order
  at::Tensor latent;              // float32 [1, C, lh, lw], model space, on the model's device
  // Of detailer.inpaint_model, else undefined: 1 where the picture is hidden from the model,
  // float32 [1, 1, lh, lw] and at the picture's size [h, w] of `seen`; and the latent of what it
  // sees, on the model's device, in the autoencoder's own scale.
  at::Tensor hidden, hidden_pixels, seen_latent;
  at::Tensor prompt_mask;  // float32 [1, 1, lh, lw]: where prompt.mask holds, or undefined
};

// What get(crop) gives for each, [1, ...], as one batch.
template <class Get>
at::Tensor stack(const std::vector<Crop>& crops, Get get) {
  std::vector<at::Tensor> items;
  for (const Crop& crop : crops) items.push_back(get(crop));
  return at::cat(items);
}

// Reads the document and makes the masks; the rules of the job's semantics.
Crop prepare_crop(const DetailContext& context, std::size_t task_index);

// Fills `latent` of every crop. Their tasks have one size.
void encode(const DetailContext& context, std::vector<Crop>& crops);

// The reference's paste mask: the SEG's mask blurred by paste.feather. CV_32F, crop region.
cv::Mat paste_mask(const DetailContext& context, const Seg& seg);

// A crop-region mask where it lies in `box`, 0 around it, sampled on a grid of `size`; what
// resampling left within half a percent of 0 or 1 is that.
cv::Mat mask_on_grid(const cv::Mat& mask, const Region& region, const Box& box, cv::Size size);

// Latent size of a task: the autoencoder takes the centre that is a multiple of its factor.
cv::Size latent_size(const Task& task, int factor);

}  // namespace burin::core
