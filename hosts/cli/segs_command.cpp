// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// burin segs: SEGS changed, chosen and turned into masks, without their picture.
#include <array>
#include <cstdio>
#include <utility>

#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "cli/job_merge.hpp"
#include "cli/report_text.hpp"
#include "cli/session.hpp"
#include "shared/formats.hpp"
#include "shared/image_file.hpp"
#include "shared/output_file.hpp"

namespace burin::host {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

// IN is a SEGS file by its name, else the picture of a mask.
json job_of(const Options& options, const fs::path& base_dir) {
  json patch = options.patch;
  if (options.input) {
    if (patch.contains("segs") || patch.contains("/selection/file"_json_pointer))
      throw Failure(ExitCode::usage, "Both IN and --segs or --mask say where the SEGS come from.");
    if (options.input->extension() == ".json")
      patch["segs"] = options.input->string();
    else
      patch["selection"]["file"] = options.input->string();
  }
  json job = merge_job(options.job_file ? read_job_file(*options.job_file) : json::object(), patch);
  if (!job.contains("segs") && !job.contains("selection"))
    throw Failure(ExitCode::usage,
                  "Nothing says where the SEGS come from: expected a SEGS file or "
                  "a mask as IN. See burin segs --help.");
  if (!options.is_remote()) check_files_exist(job, base_dir);
  return job;
}

void check_segs_name(const Options& options, json job, const fs::path& base_dir) {
  job.erase("segs");  // a SEGS file may be edited
  refuse_to_replace_inputs(job, base_dir, options.job_file, {*options.segs_output});
  check_can_write(*options.segs_output);
}

void check_mask_name(const fs::path& file) {
  if (!format_of_name(file))
    throw Failure(ExitCode::usage, "Cannot tell the format of " + file.string() +
                                       ": its name must end in one of " + known_extensions() + ".");
  check_can_write(file);
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw Failure(ExitCode::output,
                  "The folder " + folder.string() + " cannot be made: " + error.message() + ".");
}

class SegsEngine {
 public:
  SegsEngine(const Options& options, fs::path base_dir)
      : engine_(make_engine(options, find_modules(options))),
        base_dir_(std::move(base_dir)),
        size_(options.picture_size) {}

  std::string edit(const json& job, const fs::path& masks) {
    return engine_.edit_segs(text_for_engine(job), base_dir_.string(), size_[0], size_[1],
                             masks.string());
  }
  void write_mask(const json& job, const fs::path& file) {
    write_pixels(engine_.segs_mask(text_for_engine(job), base_dir_.string(), size_[0], size_[1]),
                 {}, file);
  }

 private:
  sdk::Engine engine_;
  fs::path base_dir_;
  std::array<std::int32_t, 2> size_;
};

}  // namespace

ExitCode run_segs(const Options& options) {
  const fs::path base_dir = options.job_file ? options.job_file->parent_path() : fs::current_path();
  const json job = job_of(options, base_dir);
  if (options.segs_output) check_segs_name(options, job, base_dir);
  if (options.mask_output) {
    refuse_to_replace_inputs(job, base_dir, options.job_file, {*options.mask_output});
    check_mask_name(*options.mask_output);
  }
  SegsEngine engine(options, base_dir);

  fs::path masks;
  if (options.segs_output) {
    masks = *options.segs_output;
    masks.replace_extension(".masks.safetensors");
  }
  const std::string text = engine.edit(job, masks);
  const json segs = json::parse(text);
  check_interrupted();
  if (options.mask_output) engine.write_mask(job, *options.mask_output);
  if (options.masks_folder) {
    make_folder(*options.masks_folder);
    for (const json& seg : segs.at("segs")) {
      check_interrupted();
      json one = job;
      one["only"] = {seg.at("id")};
      const fs::path name = "seg-" + seg.at("id").dump() + ".png";
      engine.write_mask(one, *options.masks_folder / name);
    }
  }
  if (options.segs_output) write_text_file(*options.segs_output, text + "\n");
  if (options.json) {
    std::printf("%s\n", text.c_str());
  } else if (!options.quiet) {
    std::fputs(segs_text(segs).c_str(), stdout);
  }
  return ExitCode::ok;
}

}  // namespace burin::host
