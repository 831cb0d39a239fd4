// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Merging follows RFC 7396, with care for the one-of-three keys.
#include "cli/job_merge.hpp"

#include <fstream>
#include <iterator>
#include <set>
#include <vector>

#include "cli/exit_code.hpp"

namespace burin::host {

using nlohmann::json;

namespace {

constexpr size_t most_bytes = 64u << 20;
constexpr int deepest = 64;

// Keeps the keys of each open object to notice one that comes twice.
class StrictReader {
 public:
  explicit StrictReader(std::string name) : name_(std::move(name)) {}

  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) {
      if (depth > deepest) refuse("nests deeper than " + std::to_string(deepest) + " levels");
      keys_.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      keys_.pop_back();
    } else if (event == json::parse_event_t::key) {
      const auto key = parsed.get<std::string>();
      if (!keys_.back().insert(key).second) refuse("gives the key '" + key + "' twice");
    } else if (event == json::parse_event_t::array_start && depth > deepest) {
      refuse("nests deeper than " + std::to_string(deepest) + " levels");
    }
    return true;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Failure(ExitCode::usage, "The job " + name_ + " " + what + ".");
  }

  std::string name_;
  std::vector<std::set<std::string>> keys_;
};

// nlohmann's "[json.exception.parse_error.101] parse error at line 1, ..." from "at" on.
std::string where_it_broke(const json::exception& error) {
  std::string text = error.what();
  if (const auto at = text.find("] "); at != std::string::npos) text.erase(0, at + 2);
  return text;
}

void require_object(const json& job, const char* key) {
  if (job.contains(key) && !job[key].is_object()) {
    throw Failure(ExitCode::usage, std::string("The job's ") + key + " is " + job[key].type_name() +
                                       "; expected an object.");
  }
}

// OpenRaster holds layers: as the name of the result it means --layers.
void layers_where_they_are_meant(json& job) {
  const auto output = job.find("output");
  if (output == job.end() || !output->contains("image") || !(*output)["image"].is_string()) return;
  const std::string name = (*output)["image"];
  if (!name.ends_with(".ora") && !name.ends_with(".ORA")) return;
  if (output->contains("layers")) {
    throw Failure(ExitCode::usage, "The layers are to be written to " + name + " and to " +
                                       (*output)["layers"].dump() + "; expected one of them.");
  }
  (*output)["layers"] = name;
  output->erase("image");
}

}  // namespace

json read_job_text(const std::string& text, const std::string& name) {
  if (text.size() > most_bytes) {
    throw Failure(ExitCode::usage, "The job " + name + " is larger than 64 MB.");
  }
  json job;
  try {
    job = json::parse(text, StrictReader(name), true, true);
  } catch (const json::exception& error) {
    throw Failure(ExitCode::usage, "The job " + name + " is no JSON: " + where_it_broke(error));
  }
  if (!job.is_object()) {
    throw Failure(ExitCode::usage,
                  "The job " + name + " is a JSON " + job.type_name() + "; expected an object.");
  }
  return job;
}

json read_job_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text;
  if (stream && std::filesystem::is_regular_file(file)) {
    text.assign(std::istreambuf_iterator<char>(stream), {});
  } else {
    throw Failure(ExitCode::usage, "There is no job file " + file.string() + ".");
  }
  return read_job_text(text, file.string());
}

json merge_job(json job, json patch) {
  for (const char* key :
       {"model", "prompt", "detailer", "paste", "output", "detect", "selection"}) {
    require_object(job, key);
  }
  if (patch.contains("segs") && patch.contains("selection")) {
    throw Failure(ExitCode::usage, "--segs and --mask are both given; expected one of them.");
  }
  for (const char* source : {"segs", "selection"}) {
    if (!patch.contains(source)) continue;
    for (const char* other : {"segs", "selection", "detect"}) {
      if (std::string(source) != other) job.erase(other);
    }
  }
  const bool selects = patch.contains("selection") || job.contains("selection");
  const bool has_segs = patch.contains("segs") || job.contains("segs");
  if (patch.contains("detect") && selects) {
    for (const char* key : {"crop_factor", "drop_size"}) {
      if (!patch["detect"].contains(key)) continue;
      patch["selection"][key] = patch["detect"][key];
      patch["detect"].erase(key);
    }
    if (patch["detect"].empty()) patch.erase("detect");
  }
  if (patch.contains("detect") && (selects || has_segs)) {
    throw Failure(ExitCode::usage, "Flags for the detector (such as " +
                                       patch["detect"].begin().key() + ") are given, but " +
                                       (selects ? "a mask" : "a SEGS file") +
                                       " says what to redraw.");
  }
  job.merge_patch(patch);
  layers_where_they_are_meant(job);
  if (!job.contains("burin_job")) job["burin_job"] = 1;
  return job;
}

std::optional<std::filesystem::path> path_in_job(const json& job, const char* pointer,
                                                 const std::filesystem::path& base_dir) {
  const json::json_pointer at(pointer);
  if (!job.contains(at) || !job[at].is_string()) return std::nullopt;
  const std::filesystem::path named = job[at].get<std::string>();
  if (named.empty()) return std::nullopt;
  return (base_dir / named).lexically_normal();
}

void check_files_exist(const json& job, const std::filesystem::path& base_dir) {
  struct Named {
    const char *pointer, *what;
    ExitCode code;
  };
  for (const auto& [pointer, what, code] : {Named{"/model/checkpoint", "model", ExitCode::model},
                                            Named{"/model/vae", "autoencoder", ExitCode::model},
                                            Named{"/selection/file", "mask", ExitCode::image},
                                            Named{"/segs", "SEGS file", ExitCode::usage}}) {
    const auto file = path_in_job(job, pointer, base_dir);
    std::error_code error;
    if (file && !std::filesystem::exists(*file, error)) {
      throw Failure(code, std::string("There is no ") + what + " " + file->string() + ".");
    }
  }
}

}  // namespace burin::host
