// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The detailer: a picture and its SEGS in, one layer a SEG out. Read this first: the stages below
// are called in this order.
//
//   prepare_crop -> encode -> sample -> decode -> fit -> make_layer
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "adapters/controls.hpp"
#include "adapters/loras.hpp"
#include "diffusion/model_sampling.hpp"
#include "imaging/colour_guard.hpp"
#include "imaging/image.hpp"
#include "job/job.hpp"
#include "plan/plan.hpp"
#include "runtime/run.hpp"
#include "segs/segs.hpp"
#include "weights/model.hpp"

namespace burin::core {

// What the stages share; everything is borrowed for one call of detail().
struct DetailContext {
  const Model& model;
  const NoiseLevels& levels;
  const ImageView& image;  // foreach: a float copy, which the results are laid into
  const ColourTransform& colours;
  const Segs& segs;
  const Job& job;
  const DetailerSettings& settings;
  const Plan& plan;
  Run& run;
  LoraMerger& loras;       // of the model
  ControlCache& controls;  // likewise
  // One for each control of the job: CV_32FC3 sRGB 0..1, any size; empty where it names no picture.
  const std::vector<cv::Mat>& control_images;
  // Of a job with a refiner, else null.
  const Model* refiner = nullptr;
  const NoiseLevels* refiner_levels = nullptr;
};

enum class LayerStatus { done, skipped, failed };

struct Layer {
  LayerStatus status = LayerStatus::skipped;
  std::int64_t id = 0;
  Region region;
  cv::Mat colours;  // CV_32FC(colours of the document), region size, document encoding
  cv::Mat
      crop;  // CV_32FC3, region size, sRGB 0..1: the redrawn crop as a segment detailer returns it
  cv::Mat mask;                   // CV_32F, region size: how much of `colours` shows
  std::vector<cv::Mat> controls;  // CV_32FC3: what each control of the job was shown
  std::string name, message;
  DriftReport drift;
};

struct StageSeconds {
  double encode = 0, sample = 0, decode = 0, fit = 0;
};

struct DetailResult {
  std::vector<Layer> layers;  // one a task of the plan, in its order
  StageSeconds seconds;
  int evaluations = 0;  // of the network, each counting its whole batch once
  int batches = 0;
  std::vector<std::pair<std::string, at::Tensor>> trace;  // only where the job names a trace file
};

// Runs the plan. A task that fails (out of memory at one item, not-finite result) becomes a failed
// layer with a sentence; the others keep theirs. Throws Error{BURIN_E_CANCELLED} within one step of
// a cancel, and whatever bad input raises.
DetailResult detail(const DetailContext& context);

// What the geometry of a plan needs to know of a model.
ModelGeometry geometry_of(const ModelFamily& family, c10::ScalarType dtype);

}  // namespace burin::core
