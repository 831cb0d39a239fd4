// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A detector in C++, good, or with its barrier against exceptions taken away.
#include <stdexcept>

#include "burin/cpp/detector_plugin.hpp"

namespace {

namespace sdk = burin::sdk;

class Dark : public sdk::DetectorPlugin {
 public:
  Dark(sdk::PluginHost, const std::string& /*data_dir*/) {}

  std::vector<sdk::Detection> detect(const sdk::RgbView& rgb, const sdk::DetectOptions& options,
                                     const sdk::DetectRun& run) override {
    std::vector<sdk::Detection> found;
    for (int64_t y = 0; y < rgb.height; ++y) {
      run.stop_if_cancelled();
      run.report(static_cast<double>(y) / static_cast<double>(rgb.height), "looking for shade");
      for (int64_t x = 0; x < rgb.width && found.size() < 100; ++x) {
        const double shade = 1 - rgb.at(y, x)[0] / 255.0;
        const auto left = static_cast<double>(x), top = static_cast<double>(y);
        if (shade > 0.8 && shade >= options.threshold)
          found.push_back({left, top, left + 1, top + 1, shade, "shade", {{left, top}}, {}});
      }
    }
    return found;
  }
};

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "org.example.dark",
    .role = BURIN_DETECTOR_ID,
    .name = "Dark spots",
    .version = "1.0.0",
    .vendor = "Example",
    .licence = "MIT",
    .description = "One box a dark pixel.",
    .cuda = BURIN_CUDA_NO,
};

#ifdef THROWS
using Table = sdk::DetectorTable<Dark>;

burin_status detect(void* self, const DLTensor* rgb, const burin_detector_options* options,
                    const burin_run* run, burin_detections* out) {
  const burin_status status = Table::detect(self, rgb, options, run, out);
  if (status == BURIN_E_INVALID) throw std::runtime_error("nobody catches this");
  return status;
}

constexpr burin_detector table = {sizeof table, Table::create, Table::destroy, detect};
#endif

}  // namespace

#ifdef THROWS
BURIN_EXTERN_C BURIN_EXPORT const burin_plugin_entry burin_entry =
    sdk::SingleEntry<about, table>::entry();
#else
BURIN_DETECTOR_PLUGIN(Dark, about)
#endif
