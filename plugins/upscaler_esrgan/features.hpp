// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Channels of features: cv::Mat float32 [1, channels, height, width] in C order.
#pragma once

#include <opencv2/core.hpp>

namespace burin::esrgan {

cv::Mat new_features(int channels, int height, int width);

inline int channels_of(const cv::Mat& features) { return features.size[1]; }
inline int height_of(const cv::Mat& features) { return features.size[2]; }
inline int width_of(const cv::Mat& features) { return features.size[3]; }

/// The `count` channels from `first` on, in the same memory.
cv::Mat channels(const cv::Mat& features, int first, int count);
/// One channel, [height, width], in the same memory.
cv::Mat plane(const cv::Mat& features, int channel);

/// A copy of the part of every channel.
cv::Mat cropped(const cv::Mat& features, const cv::Rect& part);
/// Each value `times` x `times`.
cv::Mat repeated(const cv::Mat& features, int times);
/// Channel c s^2 + y s + x of the result holds the values at row y and column x of each s x s block
/// of channel c. Height and width are multiples of s.
cv::Mat space_to_channels(const cv::Mat& features, int s);
/// The inverse.
cv::Mat channels_to_space(const cv::Mat& features, int s);

}  // namespace burin::esrgan
