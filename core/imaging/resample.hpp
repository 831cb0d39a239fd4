// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Resampling: the reference's 8-bit Lanczos, and float Lanczos-3 from and to fractional boxes.
#pragma once

#include <opencv2/core.hpp>

#include "segs/segs.hpp"

namespace burin::core {

// All functions: the input is borrowed, the result is a new, continuous Mat that shares nothing
// with it; sizes are pixels. Thread-safe. They throw Error{BURIN_E_INVALID} for an empty image,
// another pixel type than documented, or a target side below 1.

// Pillow's 8-bit LANCZOS resize of CV_8UC1 or CV_8UC3, bit for bit: horizontal pass first, 22-bit
// fixed-point weights, uint8 between the passes. A side that keeps its length has no pass. (Pillow
// 13 and newer swap the passes where the height shrinks by more than twice as many pixels as the
// width; the reference was made with, and is matched to, the versions before.)
cv::Mat resize_pillow_lanczos(const cv::Mat& image, int width, int height);

// CV_32FC3, 0..1 -> clip(255 x, 0, 255) truncated to uint8 -> Pillow's LANCZOS -> / 255. At the
// same size it only quantises. NaN becomes 0. impact behaviour: every picture that enters or leaves
// the model is quantised to 8 bits this way.
cv::Mat resize_8bit(const cv::Mat& image, int width, int height);

// Separable Lanczos-3 (Duchon 1979) of CV_32FC1..4: the fractional `box` of `image` (pixel edges: 0
// is the left edge of the first pixel) on a width x height grid. When reducing, the support grows
// with the reduction. Outside the image its pixels are mirrored at the edge. Weights and sums are
// double and normalised, so flat stays flat. Values are not clipped. Also throws for a box that is
// empty or not finite.
cv::Mat resample(const cv::Mat& image, const Box& box, int width, int height);

// The inverse map of resample(image, source, width, height): the box, in the pixels of its result,
// that `region` of the image covers. resample(result, it, region.width(), region.height()) brings
// the result back onto the image's own grid without a shift.
Box region_in_resampled(const Box& source, int width, int height, const Region& region);

// The pixels of a picture_width x picture_height picture that resample() of `box` to width x height
// reads. Resampling a copy of that part only, with the box moved by its origin, gives the same.
Region resample_reach(int picture_width, int picture_height, const Box& box, int width, int height);

// Bilinear resize of CV_32FC1 with half-pixel centres, edges replicated, no antialiasing, in
// float32 arithmetic: torch's interpolate(mode="bilinear", align_corners=False) on a CPU with fused
// multiply-add. Bit for bit for results above 4096 pixels; for smaller ones torch sums in another
// order, and results differ by rounding.
cv::Mat resize_bilinear(const cv::Mat& image, int width, int height);

}  // namespace burin::core
