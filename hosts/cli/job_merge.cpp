// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Merging follows RFC 7396, with care for the one-of-three keys.
#include "cli/job_merge.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"

namespace burin::host {

namespace fs = std::filesystem;
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

json read_job_file(const fs::path& file) {
  std::error_code error;
  const auto status = fs::status(file, error);
  if (!fs::exists(status))
    throw Failure(ExitCode::usage, "There is no job file " + file.string() + ".");
  if (!fs::is_regular_file(status))
    throw Failure(ExitCode::usage, "The job " + file.string() + " is not a file.");
  std::ifstream stream(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad())
    throw Failure(ExitCode::usage,
                  "The job " + file.string() + " cannot be read: " + std::strerror(errno) + ".");
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

std::optional<fs::path> path_in_job(const json& job, const char* pointer,
                                    const fs::path& base_dir) {
  const json::json_pointer at(pointer);
  if (!job.contains(at) || !job[at].is_string()) return std::nullopt;
  const fs::path named = job[at].get<std::string>();
  if (named.empty()) return std::nullopt;
  return (base_dir / named).lexically_normal();
}

void check_files_exist(const json& job, const fs::path& base_dir) {
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
    if (!file) continue;
    const auto status = fs::status(*file, error);
    if (!fs::exists(status))
      throw Failure(code, std::string("There is no ") + what + " " + file->string() + ".");
    // A pipe would be waited for.
    if (!fs::is_regular_file(status) && !fs::is_directory(status))
      throw Failure(code, std::string("The ") + what + " " + file->string() + " is not a file.");
  }
}

std::string text_for_engine(const json& job) {
  constexpr std::array<std::string_view, 5> own = {"/image", "/output/image", "/output/layers",
                                                   "/output/segs_dir", "/output/control_dir"};
  const json flat = job.flatten();
  for (const auto& [key, value] : flat.items()) {
    if (!value.is_string() || std::find(own.begin(), own.end(), key) != own.end()) continue;
    try {
      value.dump();
    } catch (const json::type_error&) {
      throw Failure(ExitCode::usage, "The text of " + key + " in the job, '" +
                                         value.get<std::string>() +
                                         "', is not UTF-8; rename the file or link to it.");
    }
  }
  return job.dump(-1, ' ', false, json::error_handler_t::replace);
}

void refuse_to_replace_inputs(const json& job, const fs::path& base_dir,
                              const std::optional<fs::path>& job_file,
                              const std::vector<fs::path>& outputs) {
  const auto check = [&](const fs::path& input, const std::string& reader) {
    std::error_code error;
    for (const fs::path& output : outputs) {
      if (fs::equivalent(output, input, error))
        throw Failure(ExitCode::usage, "The output " + output.string() + " is also " + reader +
                                           "; expected the name of another file.");
    }
  };
  if (job_file) check(*job_file, "the job file");
  json read = job;
  for (const char* other : {"image", "output", "prompt"}) read.erase(other);
  read = read.flatten();
  for (const auto& [key, value] : read.items()) {
    if (!value.is_string() || value.get_ref<const std::string&>().empty()) continue;
    check(base_dir / value.get<std::string>(), "what the job reads at " + key);
  }
}

}  // namespace burin::host
