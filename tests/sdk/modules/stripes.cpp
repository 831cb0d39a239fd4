// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A detector as a third party would write it: one box a bright column. Throws on demand.
#include <new>
#include <stdexcept>

#include "burin/cpp/detector_plugin.hpp"

namespace {

class Stripes : public burin::sdk::DetectorPlugin {
 public:
  Stripes(burin::sdk::PluginHost host, const std::string& data_dir) : host_(host) {
    host_.log(BURIN_LOG_DEBUG, "stripes with data in '" + data_dir + "'");
  }

  std::vector<burin::sdk::Detection> detect(const burin::sdk::RgbView& rgb,
                                            const burin::sdk::DetectOptions& options,
                                            const burin::sdk::DetectRun& run) override {
    const int wish = rgb.at(0, 0)[2 * rgb.channel_stride];
    if (wish == 1) throw burin::sdk::Error(BURIN_E_UNSUPPORTED, "stripes of that colour");
    if (wish == 2) throw std::runtime_error("a stripe snapped");
    if (wish == 3) throw std::bad_alloc();
    if (wish == 4) throw 42;
    std::vector<burin::sdk::Detection> found;
    for (int64_t x = 0; x < rgb.width; ++x) {
      run.report(static_cast<double>(x) / static_cast<double>(rgb.width), "counting");
      const double brightness = rgb.at(0, x)[0] / 255.0;
      if (brightness < options.threshold) continue;
      const auto left = static_cast<double>(x);
      found.push_back({left - 5, -5, left + 1, 1e9, brightness, "stripe", {{left, 0}}, {}});
      found.back().mask.assign(static_cast<size_t>(rgb.height * rgb.width), 0.0F);
      found.back().mask[static_cast<size_t>(x)] = 1.0F;
    }
    return found;
  }

 private:
  burin::sdk::PluginHost host_;
};

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "org.example.stripes",
    .role = BURIN_DETECTOR_ID,
    .name = "Stripes",
    .version = "0.1.0",
    .vendor = "Example",
    .licence = "MIT",
    .description = "Bright columns.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_DETECTOR_PLUGIN(Stripes, about)
