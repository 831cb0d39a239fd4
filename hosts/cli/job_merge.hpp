// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The job file with the flags laid over it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace burin::host {

/// JSON with // comments; a key that comes twice is refused. Throws Failure (usage) naming the
/// file.
nlohmann::json read_job_file(const std::filesystem::path& file);
nlohmann::json read_job_text(const std::string& text, const std::string& name);

/// `patch` wins. A source of segments in the patch (segs, selection) replaces the job's;
/// crop_factor and drop_size go to whichever source there is. Throws Failure (usage) where flags of
/// the detector meet a job that detects nothing.
nlohmann::json merge_job(nlohmann::json job, nlohmann::json patch);

/// What a job says under `pointer`, as an absolute path; nothing when it says nothing there.
std::optional<std::filesystem::path> path_in_job(const nlohmann::json& job, const char* pointer,
                                                 const std::filesystem::path& base_dir);

/// Throws Failure when a file the job names is not there: model for checkpoints, image for masks,
/// usage for a SEGS file.
void check_files_exist(const nlohmann::json& job, const std::filesystem::path& base_dir);

/// The job as the engine reads it, in UTF-8. Names of the picture and of what this program writes,
/// which the engine does not open, may be other bytes; they become U+FFFD. Throws Failure (usage)
/// for any other text that is no UTF-8. [any-thread]
std::string text_for_engine(const nlohmann::json& job);

/// Throws Failure (usage) where one of `outputs` is a file that the job reads: a model, a mask, a
/// SEGS file or the like, or `job_file`. The picture itself is not looked at. [any-thread]
void refuse_to_replace_inputs(const nlohmann::json& job, const std::filesystem::path& base_dir,
                              const std::optional<std::filesystem::path>& job_file,
                              const std::vector<std::filesystem::path>& outputs);

}  // namespace burin::host
