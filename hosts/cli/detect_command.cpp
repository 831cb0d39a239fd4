// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// burin detect: finds, numbers, and draws what was found.
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "cli/job_merge.hpp"
#include "cli/report_text.hpp"
#include "cli/request.hpp"
#include "cli/session.hpp"
#include "shared/formats.hpp"
#include "shared/output_file.hpp"
#include "shared/preview.hpp"

namespace burin::host {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

std::vector<NumberedBox> boxes_of(const json& segs) {
  std::vector<NumberedBox> boxes;
  for (const json& seg : segs.at("segs")) {
    boxes.push_back(
        {seg.at("id").get<std::int64_t>(), seg.at("bbox").get<std::array<double, 4>>()});
  }
  return boxes;
}

void check_outputs(const Options& options, const Request& request) {
  if (options.preview && !format_of_name(*options.preview)) {
    throw Failure(ExitCode::usage, "Cannot tell the format of " + options.preview->string() +
                                       ": its name must end in one of " + known_extensions() + ".");
  }
  for (const auto& output : {options.segs_output, options.preview}) {
    if (!output) continue;
    std::error_code error;
    if (fs::equivalent(*output, request.input, error)) {
      throw Failure(ExitCode::usage, "The output " + output->string() + " is the picture itself.");
    }
    json read = request.job;
    if (output == options.segs_output) read.erase("segs");  // a SEGS file may be edited
    refuse_to_replace_inputs(read, request.base_dir, options.job_file, {*output});
    check_can_write(*output);
  }
}

}  // namespace

ExitCode run_detect(const Options& options) {
  const Request request = make_request(options);
  check_outputs(options, request);
  sdk::Engine engine = make_engine(options, find_modules(options));
  const std::string job = text_for_engine(request.job), base_dir = request.base_dir.string();
  engine.complete_job(job, base_dir);
  Picture picture(request.input);
  if (options.preview) check_format_holds(picture.file(), *options.preview);
  fs::path masks;
  if (options.segs_output) {
    masks = *options.segs_output;
    masks.replace_extension(".masks.safetensors");
  }
  ProgressLine line(!options.quiet);
  const std::string text =
      engine.detect(job, base_dir, picture.image(), masks.string(), callbacks_for(line));
  line.clear();
  check_interrupted();

  const json segs = json::parse(text);
  if (options.segs_output) write_text_file(*options.segs_output, text + "\n");
  if (options.preview) {
    draw_boxes(picture.file().pixels, boxes_of(segs));
    write_image(picture.file(), *options.preview);
  }
  if (options.json) {
    std::printf("%s\n", text.c_str());
  } else if (!options.quiet) {
    std::fputs(segs_text(segs).c_str(), stdout);
  }
  return ExitCode::ok;
}

}  // namespace burin::host
