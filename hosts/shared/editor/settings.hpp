// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a person chooses in an editor's dialog; kept between calls and under names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "shared/editor/reading.hpp"

namespace burin::host {

/// What is absent is as the model recommends.
struct Settings {
  std::string model;  ///< a checkpoint; "": the built-in face model
  std::string prompt, negative;
  std::optional<double> denoise, cfg, crop_factor, feather;
  std::optional<std::int64_t> size, steps;  ///< size: guide_size of docs/job.md
  std::string sampler, scheduler;           ///< "": as the model recommends
  std::optional<std::uint64_t> seed;        ///< none: another one each time
  Source source = Source::layer;
  bool combined = false;   ///< a selection of several pieces is redrawn as one
  double threshold = 0.5;  ///< least confidence of a face
  std::string device = "auto";
  nlohmann::json more = nlohmann::json::object();  ///< other keys of a job, which win
};

nlohmann::json to_json(const Settings& settings);
/// Keys it does not know are left out; values of a wrong type are as if they were absent.
Settings settings_from_json(const nlohmann::json& values);

/// The job without what is redrawn. seed: in place of an absent one.
nlohmann::json job_of(const Settings& settings, std::uint64_t seed);
/// The job that looks for faces.
nlohmann::json search_job(const Settings& settings);
/// The job of a selection, whose own edge is the blend unless another is asked for.
nlohmann::json selection_job(const Settings& settings, std::uint64_t seed);
/// The settings that `job`, a layer's (layer_record.hpp), was made of, as far as a dialog shows
/// them; `more` has its modules. A prompt that is only the segment's is the prompt.
Settings settings_of_job(const nlohmann::json& job);
/// The job with `settings` in the place of what it says of them; what they leave out is again as
/// the model recommends.
nlohmann::json changed_job(const nlohmann::json& job, const Settings& settings, std::uint64_t seed);

/// A layer's job with another seed and all else as it is.
nlohmann::json rerolled_job(const nlohmann::json& job, std::uint64_t seed);

/// What a person typed; "": none. Throws sdk::Error (INVALID) for anything but a whole number from
/// 0 to 2^64 - 1.
std::optional<std::uint64_t> seed_from_text(const std::string& text);
/// A seed for who gave none; below 2^32, so that it can be read out and typed in.
std::uint64_t new_seed();

struct SavedSettings {
  Settings last;
  std::map<std::string, Settings> presets;
};

/// $XDG_CONFIG_HOME/burin/editor.json, else ~/.config/burin/editor.json; every editor's.
std::filesystem::path settings_file();
/// A file that is missing or not readable as such gives defaults.
SavedSettings load_settings(const std::filesystem::path& file);
/// Replaces the file whole. Throws sdk::Error (IO).
void save_settings(const SavedSettings& saved, const std::filesystem::path& file);

}  // namespace burin::host
