// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One face of the three-face picture and what detail() borrows for it, with the embedded model.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>

#include "detail/detail.hpp"
#include "support/detail_run.hpp"

namespace burin::test {

inline nlohmann::json one_face_job(int steps = 2) {
  nlohmann::json job = two_faces_job(steps);
  job["only"] = {2};
  return job;
}

inline std::filesystem::path embedded_model() {
  return BURIN_SOURCE_DIR "/models/face.safetensors";
}

// One face, and everything detail() borrows but the model.
struct Bench {
  cv::Mat picture = three_faces();
  core::ImageView image = view_of(picture);
  core::ColourTransform colours{image};
  core::Job job;
  core::DetailerSettings settings;
  core::Segs segs;
  core::Run run;
  core::NoiseLevels levels = core::stable_diffusion_levels();
  core::Plan plan;
  std::vector<cv::Mat> shown;  // no control pictures

  Bench() {
    const core::ModelFamily family = core::identify_model({embedded_model()});
    job.detailer = one_face_job(1)["detailer"];
    settings = core::resolve_settings(job, family.recommended);
    segs = {picture.cols, picture.rows, {}};
    core::Seg seg;
    seg.id = 7;
    seg.label = "face";
    seg.bbox = {148, 110, 196, 168};
    seg.crop = {136, 96, 208, 182};
    seg.mask = cv::Mat::ones(86, 72, CV_32F);
    segs.segs.push_back(seg);
    plan = core::make_plan(segs, job.semantics, settings, core::geometry_of(family, at::kFloat), 0);
  }
};

// A model with what changes it.
struct Loaded {
  core::Model model;
  core::LoraMerger loras{model};
  core::ControlCache controls{model};
  explicit Loaded(at::ScalarType dtype)
      : model(core::load_model({embedded_model()}, dtype, at::kCPU)) {}
};

inline core::DetailContext context(Bench& bench, Loaded& loaded) {
  return {loaded.model,   bench.levels, bench.image, bench.colours, bench.segs,      bench.job,
          bench.settings, bench.plan,   bench.run,   loaded.loras,  loaded.controls, bench.shown};
}

}  // namespace burin::test
