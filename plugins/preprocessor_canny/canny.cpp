// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The preprocessor burin.preprocessor.canny: edges by OpenCV, white on black.
#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "burin/cpp/preprocessor_plugin.hpp"

namespace {

using namespace burin;

class Canny : public sdk::PreprocessorPlugin {
 public:
  static sdk::ParamList<Canny> parameters() {
    return sdk::ParamList<Canny>()
        .number("low", "Low threshold", "Weaker gradients are no edge.", &Canny::low_, 0, 1020, 100)
        .number("high", "High threshold", "Stronger gradients start an edge.", &Canny::high_, 0,
                1020, 200);
  }

  sdk::FloatPicture process(const sdk::FloatView& rgb, const sdk::PluginRun& run) override {
    cv::Mat grey(static_cast<int>(rgb.height), static_cast<int>(rgb.width), CV_8U);
    for (int y = 0; y < grey.rows; ++y) {
      if (y % 64 == 0) run.stop_if_cancelled();
      for (int x = 0; x < grey.cols; ++x) {
        const float luma =
            0.299F * rgb.at(y, x, 0) + 0.587F * rgb.at(y, x, 1) + 0.114F * rgb.at(y, x, 2);
        // Not a number: black.
        grey.at<uint8_t>(y, x) =
            luma > 0 ? cv::saturate_cast<uint8_t>(255 * std::min(luma, 1.0F)) : 0;
      }
    }
    cv::Mat edges;
    cv::Canny(grey, edges, std::min(low_, high_), std::max(low_, high_));
    sdk::FloatPicture picture(rgb.height, rgb.width, 3);
    size_t i = 0;
    for (const uint8_t edge : cv::Mat_<uint8_t>(edges)) {
      for (int c = 0; c < 3; ++c) picture.values[i++] = edge ? 1.0F : 0.0F;
    }
    return picture;
  }

 private:
  double low_ = 0, high_ = 0;
};

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.preprocessor.canny",
    .role = BURIN_PREPROCESSOR_ID,
    .name = "Canny edges",
    .version = "1.0.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description = "Edges of a picture, white on black.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_PLUGIN(Canny, about)
