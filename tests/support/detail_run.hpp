// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Runs the engine on a picture in memory with the embedded model, for tests of whole jobs.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <vector>

#include "engine/engine.hpp"

namespace burin::test {

// The three-face picture of the goldens, CV_8UC3 RGB, 288 x 192.
cv::Mat three_faces();

// Borrows the picture: CV_8U, CV_16U or CV_32F with 1 to 4 channels.
core::ImageView view_of(cv::Mat& picture);

// Two of its faces as SEGS of a job, crop factor 1.5.
nlohmann::json two_faces_job(int steps = 2);

struct Ran {
  std::unique_ptr<core::Result> result;
  cv::Mat flattened;
  nlohmann::json report;
  std::vector<burin_layer> layers;
  // Of layer i; borrowed from the result.
  cv::Mat colours(std::size_t i) const;
  cv::Mat mask(std::size_t i) const;
};

struct RunOptions {
  std::uint64_t memory = 0;
  core::Run run;
  const char* device = "cpu";
  const char* dtype = "auto";
  const burin_host* host = nullptr;  // null: engine_host()
  core::Engine* engine = nullptr;    // null: one for this run
};

std::unique_ptr<core::Engine> open_engine(const RunOptions& options = {});

Ran run_job(const nlohmann::json& job, const cv::Mat& picture, RunOptions options = {});

}  // namespace burin::test
