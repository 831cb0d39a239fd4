// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Views and rearrangements, plane by plane.
#include "features.hpp"

#include <opencv2/imgproc.hpp>

namespace burin::esrgan {

cv::Mat new_features(int channels, int height, int width) {
  const int sizes[] = {1, channels, height, width};
  return {4, sizes, CV_32F};
}

cv::Mat channels(const cv::Mat& features, int first, int count) {
  const int sizes[] = {1, count, height_of(features), width_of(features)};
  return {4, sizes, CV_32F, plane(features, first).data};
}

cv::Mat plane(const cv::Mat& features, int channel) {
  return {height_of(features), width_of(features), CV_32F,
          const_cast<float*>(features.ptr<float>(0, channel))};
}

cv::Mat cropped(const cv::Mat& features, const cv::Rect& part) {
  cv::Mat result = new_features(channels_of(features), part.height, part.width);
  for (int c = 0; c < channels_of(features); ++c) {
    plane(features, c)(part).copyTo(plane(result, c));
  }
  return result;
}

cv::Mat repeated(const cv::Mat& features, int times) {
  cv::Mat result =
      new_features(channels_of(features), height_of(features) * times, width_of(features) * times);
  for (int c = 0; c < channels_of(features); ++c) {
    cv::Mat to = plane(result, c);
    cv::resize(plane(features, c), to, to.size(), 0, 0, cv::INTER_NEAREST);
  }
  return result;
}

cv::Mat space_to_channels(const cv::Mat& features, int s) {
  const int height = height_of(features) / s, width = width_of(features) / s;
  cv::Mat result = new_features(channels_of(features) * s * s, height, width);
  for (int c = 0; c < channels_of(result); ++c) {
    const cv::Mat from = plane(features, c / (s * s));
    const int first_y = c / s % s, first_x = c % s;
    for (int y = 0; y < height; ++y) {
      const auto* row = from.ptr<float>(y * s + first_y);
      auto* to = result.ptr<float>(0, c, y);
      for (int x = 0; x < width; ++x) to[x] = row[x * s + first_x];
    }
  }
  return result;
}

cv::Mat channels_to_space(const cv::Mat& features, int s) {
  const int height = height_of(features), width = width_of(features);
  cv::Mat result = new_features(channels_of(features) / (s * s), height * s, width * s);
  for (int c = 0; c < channels_of(features); ++c) {
    const int first_y = c / s % s, first_x = c % s;
    for (int y = 0; y < height; ++y) {
      const auto* row = features.ptr<float>(0, c, y);
      auto* to = result.ptr<float>(0, c / (s * s), y * s + first_y);
      for (int x = 0; x < width; ++x) to[x * s + first_x] = row[x];
    }
  }
  return result;
}

}  // namespace burin::esrgan
