// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Puts job file, flags and picture together.
#include "cli/request.hpp"

#include <spdlog/spdlog.h>

#include "cli/exit_code.hpp"
#include "cli/job_merge.hpp"
#include "shared/engine_profile.hpp"

namespace burin::host {

namespace fs = std::filesystem;

Request make_request(const Options& options) {
  Request request;
  request.base_dir = options.job_file ? options.job_file->parent_path() : fs::current_path();
  nlohmann::json job =
      options.job_file ? read_job_file(*options.job_file) : nlohmann::json::object();
  request.job = merge_job(std::move(job), options.patch);
  if (options.input) request.job["image"] = options.input->string();
  const auto input = path_in_job(request.job, "/image", request.base_dir);
  if (!input) {
    throw Failure(ExitCode::usage, options.job_file
                                       ? "Neither the command line nor the job names a picture."
                                       : "No picture is named. See burin --help.");
  }
  request.input = *input;
  if (!options.is_remote()) check_files_exist(request.job, request.base_dir);
  return request;
}

Picture::Picture(const fs::path& file)
    : file_(read_image(file)), profile_(engine_profile(file_)), view_(file_.pixels) {
  for (const auto& note : file_.notes) spdlog::info("{}", note);
}

}  // namespace burin::host
