// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Settings to and from JSON: as they are kept, and as a job.
#include "shared/editor/settings.hpp"

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <random>

#include "burin/cpp/error.hpp"
#include "shared/editor/json_member.hpp"
#include "shared/editor/module_slots.hpp"

namespace burin::host {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

template <typename Value>
void put(json& to, const char* key, const std::optional<Value>& value) {
  if (value) to[key] = *value;
}
void put(json& to, const char* key, const std::string& text) {
  if (!text.empty()) to[key] = text;
}

void get(const json& from, const char* at, std::string& text) {
  const json* value = member(from, json::json_pointer(at));
  if (value && value->is_string()) text = value->get<std::string>();
}
void get(const json& from, const char* at, std::optional<double>& number) {
  const json* value = member(from, json::json_pointer(at));
  if (value && value->is_number()) number = value->get<double>();
}
void get(const json& from, const char* at, std::optional<std::int64_t>& number) {
  const json* value = member(from, json::json_pointer(at));
  if (value && value->is_number()) number = static_cast<std::int64_t>(value->get<double>());
}
void get(const json& from, const char* at, std::optional<std::uint64_t>& number) {
  const json* value = member(from, json::json_pointer(at));
  if (value && value->is_number_unsigned()) number = value->get<std::uint64_t>();
}

// Where a job says what a dialog shows.
constexpr const char* kShown[] = {
    "/model/checkpoint",   "/prompt/positive", "/prompt/negative",        "/detailer/denoise",
    "/detailer/cfg",       "/detailer/steps",  "/detailer/guide_size",    "/detailer/sampler_name",
    "/detailer/scheduler", "/paste/feather",   "/segs/0/prompt/positive", "/segs/0/prompt/negative",
    "/segs/0/seed"};

fs::path home_folder() {
  const char* home = std::getenv("HOME");
  return home && *home ? fs::path(home) : fs::path("/");
}

}  // namespace

json to_json(const Settings& s) {
  json out = {{"source", s.source == Source::visible ? "visible" : "layer"},
              {"combined", s.combined},
              {"threshold", s.threshold}};
  put(out, "model", s.model);
  put(out, "prompt", s.prompt);
  put(out, "negative", s.negative);
  put(out, "denoise", s.denoise);
  put(out, "cfg", s.cfg);
  put(out, "crop_factor", s.crop_factor);
  put(out, "feather", s.feather);
  put(out, "size", s.size);
  put(out, "steps", s.steps);
  put(out, "sampler", s.sampler);
  put(out, "scheduler", s.scheduler);
  put(out, "seed", s.seed);
  put(out, "device", s.device);
  if (!s.more.empty()) out["more"] = s.more;
  return out;
}

Settings settings_from_json(const json& values) {
  Settings s;
  if (!values.is_object()) return s;
  get(values, "/model", s.model);
  get(values, "/prompt", s.prompt);
  get(values, "/negative", s.negative);
  get(values, "/denoise", s.denoise);
  get(values, "/cfg", s.cfg);
  get(values, "/crop_factor", s.crop_factor);
  get(values, "/feather", s.feather);
  get(values, "/size", s.size);
  get(values, "/steps", s.steps);
  get(values, "/sampler", s.sampler);
  get(values, "/scheduler", s.scheduler);
  get(values, "/seed", s.seed);
  get(values, "/device", s.device);
  std::string source;
  get(values, "/source", source);
  if (source == "visible") s.source = Source::visible;
  std::optional<double> threshold;
  get(values, "/threshold", threshold);
  s.threshold = threshold.value_or(s.threshold);
  if (values.contains("combined") && values["combined"].is_boolean())
    s.combined = values["combined"];
  if (values.contains("more") && values["more"].is_object()) s.more = values["more"];
  return s;
}

json job_of(const Settings& s, std::uint64_t seed) {
  json job = {{"burin_job", 1}, {"detailer", {{"seed", s.seed.value_or(seed)}}}};
  if (!s.model.empty()) job["model"]["checkpoint"] = s.model;
  if (!s.prompt.empty()) job["prompt"]["positive"] = s.prompt;
  if (!s.negative.empty()) job["prompt"]["negative"] = s.negative;
  json& detailer = job["detailer"];
  put(detailer, "denoise", s.denoise);
  put(detailer, "cfg", s.cfg);
  put(detailer, "steps", s.steps);
  put(detailer, "guide_size", s.size);
  put(detailer, "sampler_name", s.sampler);
  put(detailer, "scheduler", s.scheduler);
  if (s.feather) job["paste"]["feather"] = *s.feather;
  job.merge_patch(s.more);
  return job;
}

json search_job(const Settings& s) {
  json job = {{"detect", {{"threshold", s.threshold}}}};
  put(job["detect"], "crop_factor", s.crop_factor);
  job.merge_patch(job_of(s, 0));
  return job;
}

json selection_job(const Settings& s, std::uint64_t seed) {
  json job = {{"paste", {{"feather", 0}}}};
  job.merge_patch(job_of(s, seed));
  return job;
}

Settings settings_of_job(const json& job) {
  Settings s;
  get(job, "/model/checkpoint", s.model);
  get(job, "/prompt/positive", s.prompt);
  get(job, "/prompt/negative", s.negative);
  get(job, "/segs/0/prompt/positive", s.prompt);
  get(job, "/segs/0/prompt/negative", s.negative);
  get(job, "/detailer/denoise", s.denoise);
  get(job, "/detailer/cfg", s.cfg);
  get(job, "/detailer/steps", s.steps);
  get(job, "/detailer/guide_size", s.size);
  get(job, "/detailer/sampler_name", s.sampler);
  get(job, "/detailer/scheduler", s.scheduler);
  get(job, "/detailer/seed", s.seed);
  get(job, "/segs/0/seed", s.seed);
  get(job, "/paste/feather", s.feather);
  s.more = modules_part(job);
  if (member(s.more, json::json_pointer("/detailer/sampler_name"))) s.sampler.clear();
  if (member(s.more, json::json_pointer("/detailer/scheduler"))) s.scheduler.clear();
  return s;
}

json changed_job(const json& job, const Settings& settings, std::uint64_t seed) {
  json changed = without_modules(job);
  for (const char* shown : kShown) {
    const json::json_pointer at(shown);
    if (changed.contains(at)) changed.at(at.parent_pointer()).erase(at.back());
  }
  changed.merge_patch(job_of(settings, seed));
  return changed;
}

json rerolled_job(const json& job, std::uint64_t seed) {
  json rolled = job;
  rolled["detailer"]["seed"] = seed;
  const json::json_pointer own("/segs/0/seed");
  if (rolled.contains(own)) rolled[own] = seed;
  return rolled;
}

std::optional<std::uint64_t> seed_from_text(const std::string& text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t seed = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seed);
  if (error == std::errc() && rest == end) return seed;
  throw sdk::Error(BURIN_E_INVALID, "The seed is '" + text +
                                        "'; expected a whole number from 0 to "
                                        "18446744073709551615, or nothing.");
}

std::uint64_t new_seed() {
  std::random_device device;
  return std::uniform_int_distribution<std::uint32_t>()(device);
}

fs::path settings_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const fs::path folder = config && *config ? fs::path(config) : home_folder() / ".config";
  return folder / "burin" / "editor.json";
}

SavedSettings load_settings(const fs::path& file) {
  SavedSettings saved;
  std::ifstream in(file, std::ios::binary);
  const json values = json::parse(in, nullptr, false);
  if (!values.is_object()) return saved;
  saved.last = settings_from_json(values.value("last", json::object()));
  const json presets = values.value("presets", json::object());
  if (!presets.is_object()) return saved;
  for (const auto& [name, preset] : presets.items()) {
    saved.presets[name] = settings_from_json(preset);
  }
  return saved;
}

void save_settings(const SavedSettings& saved, const fs::path& file) {
  json values = {{"burin_editor", 1}, {"last", to_json(saved.last)}, {"presets", json::object()}};
  for (const auto& [name, preset] : saved.presets) values["presets"][name] = to_json(preset);
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  fs::path temporary = file;
  temporary += "." + std::to_string(getpid());
  std::ofstream out(temporary, std::ios::binary);
  out << values.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
  out.close();
  if (out) fs::rename(temporary, file, error);
  if (out && !error) return;
  fs::remove(temporary, error);
  throw sdk::Error(BURIN_E_IO, "Cannot keep the settings in " + file.string() + ".");
}

}  // namespace burin::host
