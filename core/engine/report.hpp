// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a run says of itself.
#pragma once

#include <c10/core/ScalarType.h>

#include <nlohmann/json.hpp>
#include <string>

#include "detail/detail.hpp"

namespace burin::core {

struct RunReport {
  double load = 0, detect = 0, total = 0;  // seconds
  std::string device, dtype;
  std::uint64_t device_memory = 0;  // bytes
  nlohmann::json segs;              // the SEGS file of the output
  std::vector<std::string> warnings;
};

// { "device", "dtype", "seconds": {load, detect, encode, sample, decode, fit, total}, "memory":
// {host_peak, device}, "evaluations", "batches", "warnings": [...], "layers": [...], "segs": {...}
// }
nlohmann::json report_to_json(const RunReport& report, const DetailResult& detailed);

// The job that redraws one of its segments.
std::string job_for_one(const Job& job, const DetailerSettings& settings, const Seg& seg);

// "f32", "bf16", "f16".
std::string name_of_dtype(c10::ScalarType dtype);

}  // namespace burin::core
