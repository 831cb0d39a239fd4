// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Fitting in 8 bits, as the networks were trained.
#include "letterbox.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace burin::yolo {
namespace {

constexpr uint8_t border = 114;

// Half to even.
int rounded(double value) { return static_cast<int>(std::nearbyint(value)); }

cv::Mat packed(const sdk::RgbView& rgb) {
  const auto height = static_cast<int>(rgb.height), width = static_cast<int>(rgb.width);
  if (rgb.channel_stride == 1 && rgb.column_stride == 3 && rgb.row_stride >= 3 * rgb.width) {
    return cv::Mat(height, width, CV_8UC3, const_cast<uint8_t*>(rgb.pixels),
                   static_cast<size_t>(rgb.row_stride));
  }
  cv::Mat copy(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    auto* to = copy.ptr<uint8_t>(y);
    for (int x = 0; x < width; ++x) {
      const uint8_t* from = rgb.at(y, x);
      for (int c = 0; c < 3; ++c) *to++ = from[c * rgb.channel_stride];
    }
  }
  return copy;
}

}  // namespace

Letterbox fit(cv::Size picture, cv::Size input) {
  const double gain = std::min(static_cast<double>(input.height) / picture.height,
                               static_cast<double>(input.width) / picture.width);
  const cv::Size size(std::max(1, rounded(picture.width * gain)),
                      std::max(1, rounded(picture.height * gain)));
  const cv::Point at(rounded((input.width - size.width) / 2.0 - 0.1),
                     rounded((input.height - size.height) / 2.0 - 0.1));
  return {picture, input, {at, size}};
}

Value letterboxed(const sdk::RgbView& rgb, const Letterbox& box) {
  cv::Mat input(box.input, CV_8UC3, cv::Scalar::all(border));
  cv::Mat place = input(box.place);
  const cv::Mat picture = packed(rgb);
  if (picture.size() == place.size()) {
    picture.copyTo(place);
  } else {
    cv::resize(picture, place, place.size(), 0, 0, cv::INTER_LINEAR);
  }
  Value value = Value::of_floats({1, 3, input.rows, input.cols});
  const size_t plane = input.total();
  for (size_t i = 0; i < plane; ++i) {
    const auto& pixel = input.at<cv::Vec3b>(static_cast<int>(i / static_cast<size_t>(input.cols)),
                                            static_cast<int>(i % static_cast<size_t>(input.cols)));
    for (size_t c = 0; c < 3; ++c) {
      (*value.floats)[c * plane + i] = static_cast<float>(pixel[static_cast<int>(c)]) / 255.0F;
    }
  }
  return value;
}

}  // namespace burin::yolo
