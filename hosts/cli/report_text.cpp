// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Tables from the JSON the engine gives; what it leaves out is left out here.
#include "cli/report_text.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace burin::host {

using nlohmann::json;

namespace {

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 512> text;
  const int size = std::snprintf(text.data(), text.size(), pattern, values...);
  return std::string(text.data(),
                     std::min<size_t>(size < 0 ? 0 : static_cast<size_t>(size), text.size() - 1));
}

double number(const json& object, const char* key, double otherwise = 0) {
  return object.contains(key) && object[key].is_number() ? object[key].get<double>() : otherwise;
}

std::string text(const json& object, const char* key) {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

json list(const json& object, const char* key) {
  return object.contains(key) && object[key].is_array() ? object[key] : json::array();
}

std::string box_text(const json& box) {
  std::array<double, 4> edges = {};
  for (size_t i = 0; i < 4 && i < box.size(); ++i) {
    if (box[i].is_number()) edges[i] = box[i].get<double>();
  }
  return format("%.0f x %.0f at %.0f, %.0f", edges[2] - edges[0], edges[3] - edges[1], edges[0],
                edges[1]);
}

// What a segment has of its own, a line each.
std::string prompts_text(const json& task) {
  std::string out;
  for (const char* key : {"positive", "negative"})
    if (task.contains(key)) out += std::string("     ") + key + ": " + text(task, key) + "\n";
  for (const json& lora : list(task, "loras"))
    out += "     lora: " + text(lora, "file") +
           format(", model %g, text %g\n", number(lora, "model_strength"),
                  number(lora, "clip_strength"));
  return out;
}

void flatten_into(std::string& out, const std::string& prefix, const json& value) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      flatten_into(out, prefix.empty() ? key : prefix + "." + key, inner);
    }
  } else {
    out += prefix + ": " + (value.is_string() ? value.get<std::string>() : value.dump()) + "\n";
  }
}

}  // namespace

std::string timing_text(const json& report, double read_seconds, double write_seconds) {
  std::string out = format("%-10s %8.3f s\n", "read", read_seconds);
  const json seconds = report.contains("seconds") ? report["seconds"] : json::object();
  for (const char* stage : {"load", "detect", "encode", "sample", "decode", "fit", "total"}) {
    if (seconds.contains(stage)) out += format("%-10s %8.3f s\n", stage, number(seconds, stage));
  }
  out += format("%-10s %8.3f s\n", "write", write_seconds);
  const auto faces = list(report, "layers").size();
  if (faces > 0) {
    const double work = number(seconds, "encode") + number(seconds, "sample") +
                        number(seconds, "decode") + number(seconds, "fit");
    out += format("%-10s %8.3f s\n", "a segment", work / static_cast<double>(faces));
  }
  struct rusage used = {};
  getrusage(RUSAGE_SELF, &used);
  out += format("%-10s %8.0f MB\n", "memory", static_cast<double>(used.ru_maxrss) / 1024.0);
  if (const auto device = text(report, "device"); !device.empty()) {
    out += format("%-10s %s, %s\n", "device", device.c_str(), text(report, "dtype").c_str());
  }
  return out;
}

std::string plan_text(const json& plan) {
  std::string out;
  for (const json& task : list(plan, "tasks")) {
    const auto id = static_cast<long long>(number(task, "id"));
    out += format("%3lld  %-8s %-26s ", id, text(task, "label").c_str(),
                  box_text(list(task, "source")).c_str());
    const std::string prompts = prompts_text(task);
    if (!task.value("run", true)) {
      out += "skipped: " + text(task, "reason") + "\n" + prompts;
      continue;
    }
    out += format("-> %.0f x %.0f, scale %.3f, seed ", number(task, "width"),
                  number(task, "height"), number(task, "scale"));
    const json seeds = list(task, "seeds");
    for (size_t i = 0; i < seeds.size(); ++i) out += (i ? ", " : "") + seeds[i].dump();
    out += "\n" + prompts;
  }
  if (list(plan, "tasks").empty()) out += "Nothing was found.\n";
  size_t number_of_batch = 0;
  for (const json& batch : list(plan, "batches")) {
    out += format("batch %zu: %zu of %.0f x %.0f\n", ++number_of_batch, list(batch, "tasks").size(),
                  number(batch, "width"), number(batch, "height"));
  }
  if (number(plan, "memory_bytes") > 0) {
    out += format("memory: about %.0f MB\n", number(plan, "memory_bytes") / (1024.0 * 1024.0));
  }
  for (const char* key : {"model", "device", "dtype"}) {
    if (plan.contains(key)) flatten_into(out, key, plan[key]);
  }
  return out;
}

std::string segs_text(const json& segs) {
  std::string out;
  for (const json& seg : list(segs, "segs")) {
    out += format("%3lld  %-8s %.2f  %s\n", static_cast<long long>(number(seg, "id")),
                  text(seg, "label").c_str(), number(seg, "confidence"),
                  box_text(list(seg, "bbox")).c_str());
  }
  return out.empty() ? "Nothing was found.\n" : out;
}

std::string flat_text(const json& object) {
  std::string out;
  flatten_into(out, "", object);
  return out;
}

}  // namespace burin::host
