// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The parts of a job about what is added to a model.
#include "job/adapters.hpp"

#include <algorithm>
#include <filesystem>

#include "runtime/error.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

constexpr std::size_t kMostLoras = 64, kMostControls = 16, kMostFolders = 64;
constexpr double kMostLoraStrength = 100, kMostControlStrength = 10;

// Calls read(fields of one, index) for each object of a list.
template <class Read>
void each_object(const Fields& fields, std::string_view key, std::size_t most, Read read) {
  const json* list = member(fields, key);
  if (!list) return;
  if (!list->is_array() || list->size() > most)
    refuse(fields, key, *list, "a list of at most " + std::to_string(most) + " objects");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string place = std::string(key) + "[" + std::to_string(i) + "]";
    if (!(*list)[i].is_object()) refuse(fields, place, (*list)[i], "an object");
    read(Fields{&(*list)[i], fields.prefix + place + ".", fields.status});
  }
}

LoraUse read_lora(const Fields& fields) {
  only_keys(fields, {"file", "model_strength", "clip_strength"});
  LoraUse use;
  use.file =
      needed_path(fields, "file", "the path of a LoRA, or its name in a folder of paths.loras");
  use.model =
      number(fields, "model_strength", -kMostLoraStrength, kMostLoraStrength).value_or(use.model);
  use.clip =
      number(fields, "clip_strength", -kMostLoraStrength, kMostLoraStrength).value_or(use.clip);
  return use;
}

json read_params(const Fields& fields, bool of_module) {
  const auto params = object_member(fields, "preprocessor_params");
  if (!params) return json::object();
  if (of_module) return *params->object;
  only_keys(*params, {"low", "high", "blur", "factor", "invert"});
  number(*params, "low", 0, 1);
  number(*params, "high", 0, 1);
  number(*params, "blur", 0, 100);
  whole_number(*params, "factor", 1, 64);
  boolean(*params, "invert");
  json given = json::object();
  for (const auto& [key, value] : params->object->items())
    if (!value.is_null()) given[key] = value;
  return given;
}

ControlUse read_control(const Fields& fields) {
  only_keys(fields, {"file", "strength", "start_percent", "end_percent", "image", "preprocessor",
                     "preprocessor_params", "type"});
  ControlUse use;
  use.file = needed_path(fields, "file", "the path of a ControlNet or T2I adapter");
  use.strength = number(fields, "strength", 0, kMostControlStrength).value_or(use.strength);
  use.start_percent = number(fields, "start_percent", 0, 1).value_or(use.start_percent);
  use.end_percent = number(fields, "end_percent", 0, 1).value_or(use.end_percent);
  if (use.start_percent > use.end_percent)
    refuse(fields, "start_percent", use.start_percent,
           "a number that is not above end_percent, " + std::to_string(use.end_percent));
  use.image = path_member(fields, "image");
  std::vector<std::string_view> names(preprocessor_names().begin(), preprocessor_names().end());
  const auto named = text_member(fields, "preprocessor");
  if (named && is_module_id(*named))
    use.preprocessor = *named;
  else if (const auto chosen = choice(fields, "preprocessor", names))
    use.preprocessor = preprocessor_names()[*chosen];
  use.preprocessor_params = read_params(fields, is_module_id(use.preprocessor));
  std::vector<std::string_view> types;
  for (const auto& [name, index] : control_types()) types.push_back(name);
  if (const auto chosen = choice(fields, "type", types)) use.type = control_types()[*chosen].first;
  return use;
}

std::vector<std::string> read_folders(const Fields& fields, std::string_view key) {
  std::vector<std::string> folders;
  const json* list = member(fields, key);
  if (!list) return folders;
  const auto is_path = [](const json& path) {
    return path.is_string() && !path.get_ref<const std::string&>().empty() &&
           path.get_ref<const std::string&>().size() < 4096;
  };
  if (!list->is_array() || list->size() > kMostFolders ||
      !std::all_of(list->begin(), list->end(), is_path))
    refuse(fields, key, *list, "a list of at most " + std::to_string(kMostFolders) + " folders");
  for (const json& path : *list) folders.push_back(path.get<std::string>());
  return folders;
}

json absolute_if_there(const Job& job, const std::string& file) {
  const std::filesystem::path path = resolve_path(job, file);
  std::error_code none;
  return std::filesystem::exists(path, none) ? path.string() : file;
}

}  // namespace

const std::vector<std::string>& preprocessor_names() {
  static const std::vector<std::string> names{"none",    "canny", "tile", "scribble",
                                              "inpaint", "grey",  "blur"};
  return names;
}

const std::vector<std::pair<std::string, int>>& control_types() {
  static const std::vector<std::pair<std::string, int>> types{
      {"openpose", 0}, {"depth", 1},   {"hed", 2},     {"pidi", 2},          {"scribble", 2},
      {"ted", 2},      {"canny", 3},   {"lineart", 3}, {"anime_lineart", 3}, {"mlsd", 3},
      {"normal", 4},   {"segment", 5}, {"tile", 6},    {"repaint", 7}};
  return types;
}

void read_adapters(const Fields& fields, Job& job) {
  each_object(fields, "loras", kMostLoras,
              [&](const Fields& lora) { job.loras.push_back(read_lora(lora)); });
  each_object(fields, "controls", kMostControls,
              [&](const Fields& control) { job.controls.push_back(read_control(control)); });
  const auto paths = object_member(fields, "paths");
  if (!paths) return;
  only_keys(*paths, {"loras", "embeddings", "wildcards"});
  job.paths.loras = read_folders(*paths, "loras");
  job.paths.embeddings = read_folders(*paths, "embeddings");
  job.paths.wildcards = read_folders(*paths, "wildcards");
}

json absolute_paths(const Job& job, const std::vector<std::string>& paths) {
  json list = json::array();
  for (const std::filesystem::path& path : resolve_paths(job, paths)) list.push_back(path.string());
  return list;
}

void put_adapters(const Job& job, json& document) {
  document["loras"] = json::array();
  for (const LoraUse& use : job.loras)
    document["loras"].push_back({{"file", absolute_if_there(job, use.file)},
                                 {"model_strength", use.model},
                                 {"clip_strength", use.clip}});
  document["controls"] = json::array();
  for (const ControlUse& use : job.controls)
    document["controls"].push_back(
        {{"file", resolve_path(job, use.file).string()},
         {"strength", use.strength},
         {"start_percent", use.start_percent},
         {"end_percent", use.end_percent},
         {"image", use.image ? json(resolve_path(job, *use.image).string()) : json(nullptr)},
         {"preprocessor", use.preprocessor},
         {"preprocessor_params", use.preprocessor_params},
         {"type", use.type.empty() ? json(nullptr) : json(use.type)}});
  document["paths"] = {{"loras", absolute_paths(job, job.paths.loras)},
                       {"embeddings", absolute_paths(job, job.paths.embeddings)},
                       {"wildcards", absolute_paths(job, job.paths.wildcards)}};
}

}  // namespace burin::core
