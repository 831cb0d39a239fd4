// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Default names and the checks before the work.
#include "cli/outputs.hpp"

#include <array>

#include "cli/exit_code.hpp"
#include "cli/job_merge.hpp"
#include "shared/formats.hpp"
#include "shared/output_file.hpp"
#include "shared/segs_folder.hpp"

namespace burin::host {

namespace fs = std::filesystem;

namespace {

fs::path default_output(const fs::path& input) {
  const std::string extension =
      format_of_name(input) ? input.extension().string() : std::string(".png");
  return input.parent_path() / (input.stem().string() + "-burin" + extension);
}

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return a == b || fs::equivalent(a, b, error);
}

void check_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) {
    check_can_write(folder / "segs.json");
  } else {
    check_can_write(folder.has_filename() ? folder : folder.parent_path());
  }
}

}  // namespace

Outputs choose_outputs(const nlohmann::json& job, const fs::path& base_dir, const fs::path& input,
                       bool in_place) {
  Outputs outputs;
  outputs.image = path_in_job(job, "/output/image", base_dir);
  outputs.layers = path_in_job(job, "/output/layers", base_dir);
  outputs.segs_dir = path_in_job(job, "/output/segs_dir", base_dir);
  outputs.control_dir = path_in_job(job, "/output/control_dir", base_dir);
  outputs.trace = path_in_job(job, "/output/trace", base_dir);
  if (in_place) {
    if (outputs.image && !same_file(*outputs.image, input)) {
      throw Failure(ExitCode::usage, "--in-place and the output " + outputs.image->string() +
                                         " are both given; expected one of them.");
    }
    outputs.image = input;
  } else if (!outputs.image && !outputs.layers && !outputs.segs_dir) {
    outputs.image = default_output(input);
  }
  if (outputs.image && !format_of_name(*outputs.image)) {
    throw Failure(ExitCode::usage, "Cannot tell the format of " + outputs.image->string() +
                                       ": its name must end in one of " + known_extensions() + ".");
  }
  if (outputs.layers && outputs.layers->extension() != ".ora") {
    throw Failure(ExitCode::usage, "The layers file " + outputs.layers->string() +
                                       " must end in .ora (OpenRaster).");
  }
  for (const auto& output : {outputs.image, outputs.layers, outputs.trace}) {
    if (!output) continue;
    if (!in_place && same_file(*output, input)) {
      throw Failure(ExitCode::usage, "The output " + output->string() +
                                         " is the picture itself; give --in-place to replace it.");
    }
    check_can_write(*output);
    outputs.files.push_back(*output);
  }
  for (const auto& folder : {outputs.segs_dir, outputs.control_dir}) {
    if (!folder) continue;
    check_folder(*folder);
    for (const fs::path& file : replaceable_files(*folder)) {
      if (same_file(file, input)) {
        throw Failure(ExitCode::usage, "The picture " + input.string() +
                                           " has the name of a result in " + folder->string() +
                                           "; expected another folder for the results.");
      }
      outputs.files.push_back(file);
    }
  }
  const std::array files = {outputs.image, outputs.layers, outputs.trace};
  for (size_t i = 0; i < files.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (files[i] && files[j] && same_file(*files[i], *files[j]))
        throw Failure(ExitCode::usage, "Two outputs have the name " + files[i]->string() + ".");
    }
  }
  return outputs;
}

}  // namespace burin::host
