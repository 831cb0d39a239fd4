// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The detailer: a picture and its SEGS in, one layer a SEG out. Read this first: the stages below
// are called in this order.
//
//   prepare_crop -> encode -> sample -> decode -> fit -> make_layer
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "adapters/controls.hpp"
#include "adapters/loras.hpp"
#include "burin/host.h"
#include "diffusion/model_sampling.hpp"
#include "imaging/colour_guard.hpp"
#include "imaging/image.hpp"
#include "job/job.hpp"
#include "modules/picture_modules.hpp"
#include "plan/plan.hpp"
#include "runtime/run.hpp"
#include "segs/segs.hpp"
#include "weights/model.hpp"

namespace burin::core {

class Blender;
class HookModules;
struct Layer;
struct Remembered;

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
  double memory_budget = 0;            // bytes for the autoencoder at work; 0: unknown
  HookModules* hooks = nullptr;        // the modules among the job's hooks; null: none
  const burin_host* host = nullptr;    // finds modules; null: none are
  const Upscaler* upscaler = nullptr;  // the job's; null: none
  const Blender* blender = nullptr;    // likewise
  // Called once for each layer of detail() and redo() together, when it is final; may be empty.
  std::function<void(std::size_t task, const Layer& layer)> layer_done = {};
  Remembered* remembered = nullptr;          // of the model; null: every run works anew
  Remembered* refiner_remembered = nullptr;  // likewise
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
  // Tasks whose result was none in a lower precision than float32; their layers are failed ones
  // until redo().
  std::vector<std::size_t> unusable;
  std::vector<std::pair<std::string, at::Tensor>> trace;  // only where the job names a trace file
};

// Runs the plan. A task that fails (out of memory at one item; a result that is not finite, or flat
// where the picture is not) becomes a failed layer with a sentence; the others keep theirs. Throws
// Error{BURIN_E_CANCELLED} within one step of a cancel, and whatever bad input raises.
DetailResult detail(const DetailContext& context);

// Runs the tasks that detail() found unusable once more, with the same models in float32, and puts
// their layers in place; foreach: of the picture as it is by then. The trace keeps the first runs.
// Throws as detail().
void redo(const DetailContext& exact, DetailResult& result);

// What the geometry of a plan needs to know of a model.
ModelGeometry geometry_of(const ModelFamily& family, c10::ScalarType dtype);

}  // namespace burin::core
