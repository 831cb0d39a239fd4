// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// End-to-end cases recorded from the reference: the job each stands for, and what came out.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "weights/safetensors.hpp"

namespace burin::test {

// Names of the cases in a folder of goldens, sorted.
std::vector<std::string> golden_names(const std::filesystem::path& folder);

class GoldenCase {
 public:
  // Reads the recorded tensors and writes the case's masks and checkpoint into `work` (the
  // checkpoint once for all cases that share it).
  GoldenCase(const std::filesystem::path& folder, const std::string& name,
             const std::filesystem::path& work);

  const core::Safetensors& recorded() const { return recorded_; }
  // The job in `impact` semantics (`foreach` for a case that says so); trace is
  // "<name>.trace.safetensors" in `work`.
  const nlohmann::json& job() const { return job_; }
  std::filesystem::path trace_path() const;
  // The picture of all cases, CV_8UC3 RGB.
  const cv::Mat& picture() const { return picture_; }

 private:
  core::Safetensors recorded_;
  nlohmann::json job_;
  std::filesystem::path work_;
  std::string name_;
  cv::Mat picture_;
};

// 1 inside the ellipse inscribed in the inner 70 % of a box, with a linear edge two pixels wide;
// CV_32F.
cv::Mat soft_ellipse(int height, int width);

}  // namespace burin::test
