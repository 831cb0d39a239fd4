// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The hook burin.detail_hook.colour_match: mean and deviation of each channel of CIE L*a*b*,
// measured where the crop was not to change, are made those of the original.
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "burin/cpp/detail_hook_plugin.hpp"

namespace {

using namespace burin;

// Outside of the mask is where it is below this; with fewer pixels there, nothing is measured.
constexpr float outside = 0.05F;
constexpr int64_t least_pixels = 64;
// A flat surrounding says little about contrast.
constexpr double least_ratio = 0.5, most_ratio = 2;

struct Colours {
  cv::Scalar mean, deviation;
};

cv::Mat lab_of(const cv::Mat& rgb) {
  cv::Mat inside = cv::min(cv::max(rgb, 0), 1), lab;
  cv::cvtColor(inside, lab, cv::COLOR_RGB2Lab);
  return lab;
}

Colours measure(const cv::Mat& lab, const cv::Mat& where) {
  Colours colours;
  cv::meanStdDev(lab, colours.mean, colours.deviation, where);
  return colours;
}

class ColourMatch : public sdk::DetailHookPlugin {
 public:
  static sdk::ParamList<ColourMatch> parameters() {
    return sdk::ParamList<ColourMatch>().number("amount", "Amount",
                                                "How far the colours go to the original's.",
                                                &ColourMatch::amount_, 0, 1, 1);
  }

  void post_decode(const sdk::HookSegment& segment, const sdk::FloatPlanes& pixels) override {
    if (amount_ == 0 || !segment.has_original()) return;
    const sdk::FloatView original = segment.original(), mask = segment.mask();
    if (original.height != pixels.height || original.width != pixels.width ||
        mask.height != pixels.height || mask.width != pixels.width) {
      throw sdk::Error(BURIN_E_INVALID,
                       "The segment's original or mask has another size than the redrawn crop.");
    }
    const auto height = static_cast<int>(pixels.height), width = static_cast<int>(pixels.width);
    cv::Mat before(height, width, CV_32FC3), where(height, width, CV_8U);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < 3; ++c) before.at<cv::Vec3f>(y, x)[c] = original.at(y, x, c);
        where.at<uint8_t>(y, x) = mask.at(y, x) < outside ? 255 : 0;
      }
    }
    cv::Mat after(height, width, CV_32FC3, pixels.values);
    if (cv::countNonZero(where) < least_pixels || !cv::checkRange(after)) return;
    cv::Mat lab = lab_of(after);
    const Colours wanted = measure(lab_of(before), where), found = measure(lab, where);
    cv::Scalar gain, offset;
    for (int c = 0; c < 3; ++c) {
      const double ratio = found.deviation[c] > 0 ? wanted.deviation[c] / found.deviation[c] : 1;
      gain[c] = 1 + amount_ * (std::clamp(ratio, least_ratio, most_ratio) - 1);
      const double mean = found.mean[c] + amount_ * (wanted.mean[c] - found.mean[c]);
      offset[c] = mean - gain[c] * found.mean[c];
    }
    for (cv::Vec3f& value : cv::Mat_<cv::Vec3f>(lab)) {
      for (int c = 0; c < 3; ++c) {
        value[c] = static_cast<float>(gain[c] * value[c] + offset[c]);
      }
    }
    cv::cvtColor(lab, lab, cv::COLOR_Lab2RGB);
    cv::Mat(cv::min(cv::max(lab, 0), 1)).copyTo(after);
  }

 private:
  double amount_ = 0;
};

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.detail_hook.colour_match",
    .role = BURIN_DETAIL_HOOK_ID,
    .name = "Colour match",
    .version = "1.0.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description = "Gives the redrawn crop the colours that the original has outside of the mask.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_PLUGIN(ColourMatch, about)
