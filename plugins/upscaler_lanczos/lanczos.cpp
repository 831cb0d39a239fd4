// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The upscaler burin.upscaler.lanczos: interpolation, for pictures that are to stay as they are.
#include "burin/cpp/upscaler_plugin.hpp"
#include "resample.hpp"

namespace {

using namespace burin;

constexpr int64_t most_side = 65535;

class Lanczos : public sdk::UpscalerPlugin {
 public:
  static sdk::ParamList<Lanczos> parameters() {
    return sdk::ParamList<Lanczos>().whole("factor", "Factor",
                                           "What width and height are multiplied by.",
                                           &Lanczos::factor_, 1, 16, 2);
  }

  uint32_t factor() override { return static_cast<uint32_t>(factor_); }

  sdk::FloatPicture upscale(const sdk::FloatView& rgb, const sdk::UpscaleOptions&,
                            const sdk::PluginRun& run) override {
    if (rgb.width > most_side || rgb.height > most_side) {
      throw sdk::Error(BURIN_E_INVALID, "The picture is " + std::to_string(rgb.width) + " x " +
                                            std::to_string(rgb.height) +
                                            " pixels; expected are at most 65535 each way.");
    }
    return lanczos::enlarged(rgb, factor_, [&](double done) {
      run.stop_if_cancelled();
      run.report(done, "enlarging");
    });
  }

 private:
  int64_t factor_ = 0;
};

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.upscaler.lanczos",
    .role = BURIN_UPSCALER_ID,
    .name = "Lanczos",
    .version = "1.0.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description = "Lanczos-3 interpolation by a whole factor, in float.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_PLUGIN(Lanczos, about)
