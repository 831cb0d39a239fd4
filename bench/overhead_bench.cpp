// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a detector call costs beside the detection: in this program, across the ABI, and across the
// ABI by way of the C++ wrapper of hosts. The picture has 12 megapixels; nothing may copy it.
#include <benchmark/benchmark.h>

#include "burin/cpp/detector.hpp"
#include "nothing.hpp"

namespace {

namespace sdk = burin::sdk;

struct Picture {
  std::vector<uint8_t> pixels = std::vector<uint8_t>(size_t(4000) * 3000 * 3);
  sdk::TensorView view{pixels.data(), sdk::PixelType::u8, 3000, 4000, 3};
};

sdk::ModuleSet modules() {
  sdk::ModuleSet set;
  set.open(BURIN_BENCH_MODULE);
  return set;
}

void in_process(benchmark::State& state) {
  const Picture picture;
  burin::bench::Nothing detector;
  const sdk::DetectRun run(nullptr, "detect");
  for (auto _ : state) {
    auto found = detector.detect(sdk::rgb_view(picture.view.dl()), {}, run);
    benchmark::DoNotOptimize(found.data());
  }
}

void across_the_abi(benchmark::State& state) {
  const Picture picture;
  const auto set = modules();
  const auto found = set.find<burin_detector>(BURIN_DETECTOR_ID, "nothing");
  void* self = nullptr;
  if (found.api->create(set.host(), nullptr, &self) != BURIN_OK) {
    return state.SkipWithError("create failed");
  }
  const burin_detector_options options = {sizeof(options), 0.5, 0};
  for (auto _ : state) {
    burin_detections detections = {};
    detections.struct_size = sizeof(detections);
    if (found.api->detect(self, picture.view.dl(), &options, nullptr, &detections) != BURIN_OK) {
      state.SkipWithError("detect failed");
      break;
    }
    benchmark::DoNotOptimize(detections.items);
    detections.release(&detections);
  }
  found.api->destroy(self);
}

void across_the_abi_by_the_wrapper(benchmark::State& state) {
  const Picture picture;
  auto detector = sdk::Detector::create(modules(), "nothing");
  for (auto _ : state) {
    auto found = detector.detect(picture.view.dl());
    benchmark::DoNotOptimize(found.data());
  }
}

}  // namespace

BENCHMARK(in_process);
BENCHMARK(across_the_abi);
BENCHMARK(across_the_abi_by_the_wrapper);

BENCHMARK_MAIN();
