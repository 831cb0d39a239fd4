// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The later stages of the detailer.
#pragma once

#include <functional>
#include <map>

#include "adapters/embeddings.hpp"
#include "detail/crop.hpp"
#include "text/prompt.hpp"

namespace burin::core {

// Prompts of the job and of its SEGS, each encoded once.
class PromptCache {
 public:
  explicit PromptCache(const DetailContext& context);
  // On the model's device; the learned token where the family has no text encoder.
  const EncodedPrompt& positive(const Seg& seg);
  const EncodedPrompt& negative(const Seg& seg);
  // The text encoders were changed: what they encode from here on is that of `encoders`.
  void encoders_changed(std::string encoders) { encoders_ = std::move(encoders); }

 private:
  const EncodedPrompt& of_job(const std::string& text);
  const EncodedPrompt& encoded(const std::string& text, BreakWord break_word);
  const DetailContext& context_;
  std::map<std::pair<std::string, std::string>, EncodedPrompt> encoded_;  // by encoders and prompt
  std::string encoders_;
  Embeddings embeddings_;
};

// Called after each step with the network evaluations done so far in this call.
using StepCallback = std::function<void(int step, int steps, int cycle)>;
// Called with what a sampler run of one crop computed: name ("sigmas", "latent", ...), cycle, crop
// index, tensor.
using TraceCallback =
    std::function<void(const char* name, int cycle, std::size_t crop, const at::Tensor& tensor)>;

// All cycles of a batch whose crops have one latent size. Returns [N, C, lh, lw], model space.
// evaluations is increased.
at::Tensor sample(const DetailContext& context, PromptCache& prompts,
                  const std::vector<Crop>& crops, const StepCallback& after_step,
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
// The original stays; `message` says why.
Layer keep_original(const DetailContext& context, std::size_t task_index, LayerStatus status,
                    const std::string& message);

}  // namespace burin::core
