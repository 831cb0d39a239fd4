// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The report of a run as JSON.
#include "engine/report.hpp"

#include "device/device.hpp"

namespace burin::core {

nlohmann::json report_to_json(const RunReport& report, const DetailResult& detailed) {
  const StageSeconds& s = detailed.seconds;
  nlohmann::json layers = nlohmann::json::array();
  for (const Layer& layer : detailed.layers) {
    nlohmann::json entry = {{"id", layer.id},
                            {"status", layer.status == LayerStatus::done      ? "done"
                                       : layer.status == LayerStatus::skipped ? "skipped"
                                                                              : "failed"},
                            {"name", layer.name},
                            {"message", layer.message}};
    if (layer.drift.before >= 0)
      entry["colour_drift"] = {{"before", layer.drift.before},
                               {"after", layer.drift.after},
                               {"pixels", layer.drift.pixels}};
    layers.push_back(std::move(entry));
  }
  return {{"device", report.device},
          {"dtype", report.dtype},
          {"seconds",
           {{"load", report.load},
            {"detect", report.detect},
            {"encode", s.encode},
            {"sample", s.sample},
            {"decode", s.decode},
            {"fit", s.fit},
            {"total", report.total}}},
          {"memory", {{"host_peak", peak_host_memory()}, {"device", report.device_memory}}},
          {"evaluations", detailed.evaluations},
          {"batches", detailed.batches},
          {"warnings", report.warnings},
          {"layers", std::move(layers)},
          {"segs", report.segs}};
}

std::string job_for_one(const Job& job, const DetailerSettings& settings, const Seg& seg) {
  Job one = job;
  one.only = {seg.id};
  one.output = {};
  return job_to_json(one, settings).dump();
}

std::string name_of_dtype(c10::ScalarType dtype) {
  return dtype == at::kFloat ? "f32" : dtype == at::kBFloat16 ? "bf16" : "f16";
}

}  // namespace burin::core
