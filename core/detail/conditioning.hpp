// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the networks of a batch are conditioned on: prompts, sizes, masks, pictures.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "adapters/embeddings.hpp"
#include "detail/crop.hpp"
#include "detail/remembered.hpp"
#include "diffusion/guidance.hpp"
#include "text/prompt.hpp"

namespace burin::core {

// A model in the run, with its noise levels. Borrowed.
struct ModelInRun {
  const Model* model = nullptr;
  const NoiseLevels* levels = nullptr;
  bool refiner = false;
};

// Prompts of the job and of its SEGS for one of the models, each encoded once.
class PromptCache {
 public:
  PromptCache(const DetailContext& context, ModelInRun model);
  // On the model's device; the learned token where the family has no text encoder. The refiner's
  // own prompts, where the job gives them, hold for every SEG.
  const EncodedPrompt& positive(const Seg& seg);
  const EncodedPrompt& negative(const Seg& seg);
  // A text in the way of the job's own prompts.
  const EncodedPrompt& of_job(const std::string& text);
  // The text encoders were changed: what they encode from here on is that of `encoders`.
  void encoders_changed(std::string encoders) { encoders_ = std::move(encoders); }
  const ModelInRun& model() const { return model_; }

 private:
  const EncodedPrompt& encoded(const std::string& text, BreakWord break_word);
  const DetailContext& context_;
  ModelInRun model_;
  std::map<std::pair<std::string, PromptKey>, EncodedPrompt> encoded_;  // by encoders and prompt
  std::string encoders_;
  Embeddings embeddings_;
};

// Fills positive and negative of a batch whose crops have one latent size.
// impact behaviour: a label vector's sizes are those of the sampled latent x 8, the aesthetic score
// is 6 for the positive and 2.5 for the negative; under prompt.mask the positive prediction is 0
// outside, and the refiner knows no mask. burin: outside the mask the empty prompt holds, for both
// models.
void condition(const DetailContext& context, PromptCache& prompts, const std::vector<Crop>& crops,
               GuidedModel& guided);

// The same with two texts in place of the job's prompts, without masks.
void condition_on(const std::string& positive, const std::string& negative, PromptCache& prompts,
                  const std::vector<Crop>& crops, GuidedModel& guided);

// Moves each side's contexts and label vectors between those of the empty prompt (0), their own (1)
// and as far again beyond (2).
void weaken_prompts(double positive, double negative, PromptCache& prompts,
                    const std::vector<Crop>& crops, GuidedModel& guided);

// The channels after the latent [N, C, h, w] (model space, of the sampled run), undefined for
// families without. mask: the run's noise mask [N, 1, h, w] or undefined.
// impact behaviour: an inpainting model is shown the noise mask, rounded, and the whole picture
// unless detailer.inpaint_model hides what is redrawn; without a mask everything counts as hidden.
// InstructPix2Pix is shown a blank unless inpaint_model is set; burin: the crop. inpaint_model does
// not reach the refiner; burin: it does.
at::Tensor extra_channels(const DetailContext& context, const ModelInRun& model_in_run,
                          const std::vector<Crop>& crops, const at::Tensor& latent,
                          const at::Tensor& mask);

}  // namespace burin::core
