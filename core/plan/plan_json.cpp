// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The plan as JSON, for people and scripts.
#include "plan/plan.hpp"
#include "runtime/text.hpp"

namespace burin::core {
namespace {

nlohmann::json task_to_json(const Task& task, const Seg& seg) {
  const Box& box = task.source;
  nlohmann::json json = {{"seg", task.seg},    {"id", seg.id},
                         {"label", seg.label}, {"repeat", task.repeat},
                         {"run", task.run},    {"source", {box.x1, box.y1, box.x2, box.y2}}};
  if (seg.positive) json["positive"] = to_valid_utf8(*seg.positive);
  if (seg.negative) json["negative"] = to_valid_utf8(*seg.negative);
  for (const LoraUse& use : seg.loras)
    json["loras"].push_back({{"file", to_valid_utf8(use.file)},
                             {"model_strength", use.model},
                             {"clip_strength", use.clip}});
  if (!task.run) {
    json["reason"] = task.reason;
    return json;
  }
  json["width"] = task.width;
  json["height"] = task.height;
  json["scale"] = task.scale;
  json["carry_difference"] = task.carry_difference;
  json["seeds"] = task.seeds;
  return json;
}

}  // namespace

nlohmann::json plan_to_json(const Plan& plan, const Segs& segs) {
  nlohmann::json json = {{"tasks", nlohmann::json::array()},
                         {"batches", nlohmann::json::array()},
                         {"memory_bytes", plan.memory_bytes}};
  for (const Task& task : plan.tasks) {
    json["tasks"].push_back(task_to_json(task, segs.segs.at(task.seg)));
  }
  for (const Batch& batch : plan.batches) {
    const Task& first = plan.tasks.at(batch.tasks.at(0));
    json["batches"].push_back(
        {{"tasks", batch.tasks}, {"width", first.width}, {"height", first.height}});
  }
  return json;
}

}  // namespace burin::core
