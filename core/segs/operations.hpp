// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Lists of operations on SEGS, as a job's detect.filters has them.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "segs/segs.hpp"

namespace burin::core {

// What operations read from elsewhere: a SEGS file for the same picture, a mask of its size
// (CV_32F), each by the path as it is written.
struct OperationFiles {
  std::function<Segs(const std::string& file)> segs;
  std::function<cv::Mat(const std::string& file)> mask;
};

// Checks names, types and ranges: a list of objects with one key each. docs/job.md lists them.
// `prefix` begins the sentences ("job: detect."). Throws Error{BURIN_E_JOB}.
void check_operations(const nlohmann::json& operations, const std::string& prefix);

// Applies them one after the other. Throws as check_operations, as the operations do, and what
// `files` throws.
Segs apply_operations(Segs segs, const nlohmann::json& operations, const OperationFiles& files);

}  // namespace burin::core
