// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The engine behind the ABI: jobs in, plans, SEGS and layers out. One thread at a time.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "burin/role/engine.h"
#include "detail/detail.hpp"
#include "detail/remembered.hpp"
#include "engine/sources.hpp"
#include "modules/abi_image.hpp"

namespace burin::core {

// A layer's pictures as tensors, and the struct that names them. Both borrow from the layer.
class LayerTensors {
 public:
  explicit LayerTensors(const Layer& layer);
  // Fills what out.struct_size reaches.
  void describe(const Layer& layer, const std::string& job, burin_layer& out) const;

 private:
  MatTensor pixels_, crop_, mask_;
  std::vector<MatTensor> controls_;
  std::vector<const DLTensor*> control_list_;
};

// What the caller keeps after a run.
class Result {
 public:
  Result(DetailResult detailed, Semantics semantics, std::vector<std::string> jobs,
         std::string report);
  std::size_t size() const { return detailed_.layers.size(); }
  void describe(std::size_t index, burin_layer& out) const;
  const std::string& report() const { return report_; }
  void flatten(ImageView& image) const;

 private:
  DetailResult detailed_;
  Semantics semantics_;
  std::vector<std::string> jobs_;
  std::string report_;
  std::vector<std::unique_ptr<LayerTensors>> tensors_;
};

class Engine {
 public:
  Engine(const burin_host* host, const burin_engine_options* options);

  std::string complete_job(const char* job, const char* base_dir);
  std::string describe_model(const char* path);
  std::string plan(const char* job, const char* base_dir, const ImageView& image, Run& run);
  std::string detect(const char* job, const char* base_dir, const ImageView& image,
                     const char* masks_path, Run& run);
  // Of a job that needs no picture; a size of 0 x 0: what the SEGS file or the selection says.
  std::string edit_segs(const char* job, const char* base_dir, cv::Size size,
                        const char* masks_path, Run& run);
  cv::Mat segs_mask(const char* job, const char* base_dir, cv::Size size, Run& run);
  std::unique_ptr<Result> detail(const char* job, const char* base_dir, const ImageView& image,
                                 Run& run);

 private:
  // A model's files and what they were when the job came: another stamp, another model.
  struct FoundModel {
    ModelFiles files;
    std::string stamp;
  };
  struct Resolved {
    Job job;
    FoundModel model;
    ModelFamily family;
    std::optional<FoundModel> refiner;
    DetailerSettings settings;
    double crop_factor = 3;
  };
  Resolved resolve(const char* job, const char* base_dir);
  // What identify_model says; valid until the next call.
  const ModelFamily& family_of(const FoundModel& found);
  // A model that is kept until another takes its place.
  struct Loaded {
    std::string key;
    std::unique_ptr<Model> model;
    Remembered remembered;
  };
  const Model& model_for(Loaded& loaded, const FoundModel& found, at::ScalarType dtype, Run& run);
  std::filesystem::path embedded_model() const;
  // What is to be redrawn: found, prompts given, `only` and hooks applied.
  Segs segs_for(const Resolved& resolved, HookModules& hooks, const ImageView& image, Run& run);
  Plan plan_for(const Resolved& resolved, const Segs& segs, HookModules& hooks,
                at::ScalarType dtype, const Run& run) const;

  const burin_host* host_;
  std::string device_name_, dtype_name_, data_dir_;
  std::uint64_t memory_ = 0;
  c10::Device device_{at::kCPU};
  bool device_chosen_ = false;
  const c10::Device& device();
  Detectors detectors_;
  Recent<std::string, ModelFamily> families_{8};  // by their stamps
  Loaded model_, refiner_;
  std::unique_ptr<LoraMerger> loras_;       // of model_
  std::unique_ptr<ControlCache> controls_;  // likewise
};

}  // namespace burin::core
