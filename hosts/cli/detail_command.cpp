// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// burin detail: reads, has the engine redraw, writes.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <optional>

#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "cli/job_merge.hpp"
#include "cli/outputs.hpp"
#include "cli/report_text.hpp"
#include "cli/request.hpp"
#include "cli/session.hpp"
#include "shared/openraster.hpp"
#include "shared/output_file.hpp"
#include "shared/segs_folder.hpp"

namespace burin::host {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

struct Tally {
  size_t done = 0, skipped = 0, failed = 0;
  std::string why_skipped;  // of the first
  size_t all() const { return done + skipped + failed; }
};

Tally tally_of(const std::vector<burin_layer>& layers) {
  Tally tally;
  for (const auto& layer : layers) {
    const std::string sentence = layer.message ? layer.message : "";
    switch (layer.status) {
      case BURIN_LAYER_DONE:
        ++tally.done;
        if (!sentence.empty()) spdlog::info("{}: {}", layer.name, sentence);
        break;
      case BURIN_LAYER_SKIPPED:
        if (tally.skipped++ == 0) tally.why_skipped = sentence;
        spdlog::info("{} stays as it is: {}", layer.name, sentence);
        break;
      default:
        ++tally.failed;
        spdlog::error("{} failed: {}", layer.name, sentence);
    }
  }
  return tally;
}

// Larger ones first, so that smaller ones lie above them, as the engine flattens; the reference's
// semantics keep the order of the segments.
std::vector<burin_layer> in_stack_order(std::vector<burin_layer> layers, bool in_order) {
  std::erase_if(layers, [](const auto& layer) { return layer.status != BURIN_LAYER_DONE; });
  if (in_order) return layers;
  const auto area = [](const burin_layer& layer) {
    return layer.pixels->shape[0] * layer.pixels->shape[1];
  };
  std::stable_sort(layers.begin(), layers.end(),
                   [&](const auto& a, const auto& b) { return area(a) > area(b); });
  return layers;
}

// Byte for byte where the format allows it, so that a picture without faces comes out as it went
// in.
void copy_picture(const fs::path& input, const ImageFile& image, const fs::path& target) {
  if (format_of_name(target) != image.format) {
    write_image(image, target);
    return;
  }
  std::error_code error;
  if (fs::equivalent(input, target, error)) return;
  OutputFile out(target);
  std::ifstream in(input, std::ios::binary);
  std::vector<char> chunk(1 << 20);
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), in.gcount() > 0) {
    out.append(chunk.data(), static_cast<size_t>(in.gcount()));
  }
  out.commit();
}

void write_results(const Request& request, const Outputs& outputs, const sdk::Result& result,
                   const std::vector<burin_layer>& layers, const json& report, Picture& picture) {
  const bool any_done = std::any_of(layers.begin(), layers.end(), [](const auto& layer) {
    return layer.status == BURIN_LAYER_DONE;
  });
  std::optional<OpenRaster> raster;
  if (outputs.layers) raster.emplace(*outputs.layers, picture.file());
  if (outputs.control_dir) write_control_folder(*outputs.control_dir, layers);
  if (outputs.segs_dir) write_segs_folder(*outputs.segs_dir, layers, report.value("segs", json()));
  if (outputs.image && !any_done) copy_picture(request.input, picture.file(), *outputs.image);
  result.flatten(picture.pixels());
  if (outputs.image && any_done) {
    for (const auto& note : write_image(picture.file(), *outputs.image)) spdlog::info("{}", note);
  }
  if (raster) {
    for (const auto& layer :
         in_stack_order(layers, request.job.value("semantics", "burin") != "burin")) {
      raster->add({layer.name ? layer.name : "", layer.x, layer.y, layer.pixels, layer.mask,
                   layer.job ? layer.job : ""});
    }
    raster->finish(picture.file());
  }
}

std::string plural(size_t count) {
  return std::to_string(count) + (count == 1 ? " segment" : " segments");
}

const char* nothing_found(const json& job) {
  if (job.contains("selection")) return "nothing is selected";
  if (job.contains("segs")) return "there are no segments";
  return "no faces were found";
}

void say_summary(const Outputs& outputs, const json& job, const Tally& tally, double seconds) {
  std::string line;
  for (const auto& output : {outputs.image, outputs.layers, outputs.segs_dir}) {
    if (output) line += (line.empty() ? "" : ", ") + output->string();
  }
  line += ": ";
  if (tally.all() == 0) {
    line += std::string(nothing_found(job)) + ", so the picture is unchanged";
  } else {
    line += plural(tally.done) + " redrawn";
    if (tally.skipped > 0) line += ", " + std::to_string(tally.skipped) + " left as they were";
    if (tally.failed > 0) line += ", " + std::to_string(tally.failed) + " failed";
  }
  std::printf("%s (%.1f s)\n", line.c_str(), seconds);
  if (tally.done == 0 && tally.skipped > 0) std::printf("%s\n", tally.why_skipped.c_str());
}

}  // namespace

ExitCode run_plan(const Options& options) {
  const Request request = make_request(options);
  sdk::Engine engine = make_engine(options, find_modules(options));
  engine.complete_job(text_for_engine(request.job), request.base_dir.string());
  const Picture picture(request.input);
  ProgressLine line(!options.quiet);
  const std::string plan = engine.plan(text_for_engine(request.job), request.base_dir.string(),
                                       picture.image(), callbacks_for(line));
  line.clear();
  std::fputs(options.json ? (plan + "\n").c_str() : plan_text(json::parse(plan)).c_str(), stdout);
  return ExitCode::ok;
}

ExitCode run_detail(const Options& options) {
  const Stopwatch whole;
  const Request request = make_request(options);
  const Outputs outputs =
      choose_outputs(request.job, request.base_dir, request.input, options.in_place);
  refuse_to_replace_inputs(request.job, request.base_dir, options.job_file, outputs.files);
  const std::string job = text_for_engine(request.job), base_dir = request.base_dir.string();
  sdk::Engine engine = make_engine(options, find_modules(options));
  engine.complete_job(job, base_dir);
  check_interrupted();

  const Stopwatch reading;
  Picture picture(request.input);
  if (outputs.image) check_format_holds(picture.file(), *outputs.image);
  if (options.in_place && picture.file().one_of_several) {
    throw Failure(ExitCode::image, request.input.string() +
                                       " holds more pictures than the one that is redrawn, and "
                                       "--in-place would lose them; expected another output, -o.");
  }
  const double read_seconds = reading.seconds();
  ProgressLine line(!options.quiet);
  const sdk::Result result = engine.detail(job, base_dir, picture.image(), callbacks_for(line));
  line.clear();
  check_interrupted();

  const auto layers = result.layers();
  const Tally tally = tally_of(layers);
  const json report = json::parse(result.report(), nullptr, false);
  const Stopwatch writing;
  write_results(request, outputs, result, layers, report.is_object() ? report : json::object(),
                picture);
  if (!options.quiet) say_summary(outputs, request.job, tally, whole.seconds());
  if (options.timing) {
    std::fputs(timing_text(report, read_seconds, writing.seconds()).c_str(), stdout);
  }
  return tally.failed > 0 ? ExitCode::some_failed : ExitCode::ok;
}

}  // namespace burin::host
