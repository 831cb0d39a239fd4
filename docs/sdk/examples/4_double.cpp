// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Guide, example 4: pictures in and out, with progress, cancel and strides. An upscaler that mixes
// neighbours.
#include <burin/cpp/upscaler_plugin.hpp>

#include <algorithm>

namespace {

namespace sdk = burin::sdk;

class Double : public sdk::UpscalerPlugin {
 public:
  uint32_t factor() override { return 2; }

  sdk::FloatPicture upscale(const sdk::FloatView& rgb, const sdk::UpscaleOptions&,
                            const sdk::PluginRun& run) override {
    sdk::FloatPicture made(2 * rgb.height, 2 * rgb.width, 3);
    for (int64_t y = 0; y < made.height; ++y) {
      run.stop_if_cancelled();
      run.report(double(y) / double(made.height), "doubling");
      // Pixel y covers half of y / 2; its neighbour on that side has a quarter of the say.
      const int64_t near_y = y / 2,
                    far_y = std::clamp<int64_t>((y - 1) / 2 + (y % 2), 0, rgb.height - 1);
      for (int64_t x = 0; x < made.width; ++x) {
        const int64_t near_x = x / 2,
                      far_x = std::clamp<int64_t>((x - 1) / 2 + (x % 2), 0, rgb.width - 1);
        for (int64_t c = 0; c < 3; ++c) {
          made.at(y, x, c) = 0.5625F * rgb.at(near_y, near_x, c) +
                             0.1875F * rgb.at(near_y, far_x, c) +
                             0.1875F * rgb.at(far_y, near_x, c) + 0.0625F * rgb.at(far_y, far_x, c);
        }
      }
    }
    return made;
  }
};

constexpr burin_descriptor about = {.struct_size = sizeof(burin_descriptor),
                                    .id = "org.example.double",
                                    .role = BURIN_UPSCALER_ID,
                                    .name = "Double",
                                    .version = "1.0.0",
                                    .vendor = "Example",
                                    .licence = "Apache-2.0",
                                    .description = "Twice the size, bilinear.",
                                    .cuda = BURIN_CUDA_NO};

}  // namespace

BURIN_PLUGIN(Double, about)
