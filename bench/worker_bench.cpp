// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Jobs one after the other on a worker of its own: how soon each begins to sample, and how much
// memory the worker holds. BURIN_PROGRAM names the program burin. Usage:
// bench_worker JOBS STEPS SIDE [CHECKPOINT...]: the checkpoints take turns; none: the built-in one.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "burin/cpp/worker.hpp"

using namespace burin;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

namespace {

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// A job for one segment in the middle of a picture of that side, so that nothing is detected.
json job_for(int side, int steps, const std::string& checkpoint) {
  const int from = side / 4, to = side - side / 4;
  json job = {
      {"segs",
       {{{"id", 1},
         {"label", "face"},
         {"confidence", 1.0},
         {"bbox", {from, from, to, to}},
         {"crop_region", {0, 0, side, side}}}}},
      {"detailer", {{"steps", steps}, {"seed", 1}, {"guide_size", side}, {"force_inpaint", true}}}};
  if (!checkpoint.empty()) job["model"] = {{"checkpoint", checkpoint}};
  return job;
}

void run_job(sdk::Engine& engine, const json& job, const sdk::Image& image, int number,
             sdk::Worker& worker) {
  double sampling = -1;
  int reports = 0;  // that sampling begins, and one a step
  const auto start = Clock::now();
  sdk::RunCallbacks callbacks;
  callbacks.progress = [&](const sdk::Progress& progress) {
    if (progress.stage != "sample") return;
    if (reports++ == 0) sampling = ms_since(start);
  };
  const auto result = engine.detail(job.dump(), {}, image, callbacks);
  const double total = ms_since(start);
  const json report = json::parse(result.report());
  const auto ms = [&](const char* stage) { return 1000 * report["seconds"].value(stage, 0.0); };
  const auto now = worker.status().value();
  std::printf("%3d %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f\n", number, sampling, ms("load"),
              ms("encode"), sampling - ms("load") - ms("encode"),
              ms("sample") / std::max(reports - 1, 1), total,
              static_cast<double>(now.memory_bytes) / 1e6,
              static_cast<double>(now.peak_memory_bytes) / 1e6);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: bench_worker JOBS STEPS SIDE [CHECKPOINT...]\n", stderr);
    return 2;
  }
  const int jobs = std::atoi(argv[1]), steps = std::atoi(argv[2]), side = std::atoi(argv[3]);
  std::vector<std::string> checkpoints(argv + 4, argv + argc);
  if (checkpoints.empty()) checkpoints.emplace_back();
  std::string folder = (std::filesystem::temp_directory_path() / "burin-bench-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  sdk::WorkerOptions options;
  options.address = folder + "/worker.sock";
  sdk::Worker worker(options);
  sdk::PixelBuffer pixels{{}, sdk::PixelType::u8, side, side, 3};
  for (int i = 0; i < side * side * 3; ++i)
    pixels.bytes.push_back(static_cast<std::byte>((i * 7 + i / (3 * side) * 5) % 251));
  const sdk::TensorView view(pixels);
  int status = 0;
  try {
    sdk::Engine engine = worker.engine();
    std::puts(
        "milliseconds: job, call to sampling, of it load, encode, the rest; a step, all; MB held, "
        "at "
        "most");
    for (int i = 0; i < jobs; ++i) {
      const auto& checkpoint = checkpoints[static_cast<std::size_t>(i) % checkpoints.size()];
      run_job(engine, job_for(side, steps, checkpoint), {view.dl()}, i + 1, worker);
    }
  } catch (const sdk::Error& error) {
    std::fprintf(stderr, "bench_worker: %s\n", error.what());
    status = 1;
  }
  worker.stop();
  std::filesystem::remove_all(folder);
  return status;
}
