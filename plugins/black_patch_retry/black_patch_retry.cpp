// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The hook burin.detail_hook.black_patch_retry: a crop that came out black, as an overflow in half
// precision leaves it, is done again.
#include <cmath>

#include "burin/cpp/detail_hook_plugin.hpp"

namespace {

using namespace burin;

class BlackPatchRetry : public sdk::DetailHookPlugin {
 public:
  static sdk::ParamList<BlackPatchRetry> parameters() {
    return sdk::ParamList<BlackPatchRetry>()
        .number("mean", "Mean", "Crops whose mean is below this are black.",
                &BlackPatchRetry::mean_, 0, 255, 10, "of 255")
        .number("variance", "Variance", "Crops whose variance is below this are black.",
                &BlackPatchRetry::variance_, 0, 65025, 5, "of 255^2");
  }

  // Black by both; what is not a number is not a picture either.
  bool should_retry_patch(const sdk::HookSegment&, const sdk::FloatView& pixels) override {
    double sum = 0, squares = 0;
    for (int64_t y = 0; y < pixels.height; ++y) {
      for (int64_t x = 0; x < pixels.width; ++x) {
        for (int64_t c = 0; c < pixels.channels; ++c) {
          const double level = 255.0 * pixels.at(y, x, c);
          sum += level;
          squares += level * level;
        }
      }
    }
    const auto count = static_cast<double>(pixels.height * pixels.width * pixels.channels);
    const double mean = sum / count, variance = squares / count - mean * mean;
    return !std::isfinite(mean) || (mean < mean_ && variance < variance_);
  }

 private:
  double mean_ = 0, variance_ = 0;
};

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.detail_hook.black_patch_retry",
    .role = BURIN_DETAIL_HOOK_ID,
    .name = "Black patch retry",
    .version = "1.0.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description = "Does a segment again that came out black.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_PLUGIN(BlackPatchRetry, about)
