// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pictures for the detector's tests: the two that ship, and what is made of them.
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "burin/cpp/detector.hpp"

namespace burin::test {

/// tests/data/demo/<name> as uint8 RGB.
cv::Mat demo_picture(const std::string& name);

/// The astronaut's face as the detector sees it in the whole picture.
cv::Rect2d astronaut_face();

/// The astronaut scaled so that the longer side of her face has `face_px` pixels.
cv::Mat astronaut_with_face_of(double face_px);

/// Blurred uniform noise, the same for the same seed.
cv::Mat noise_picture(int width, int height, double blur, uint64_t seed);

/// The modules of the build tree; opened once.
sdk::ModuleSet& modules();

/// One detector for all cases.
sdk::Detector& detector();

/// Runs it over a uint8 RGB picture.
std::vector<sdk::Detection> faces_in(const cv::Mat& rgb, const sdk::DetectOptions& options = {},
                                     const sdk::RunCallbacks& callbacks = {});

/// Intersection over union of a found box and an expected one.
double overlap(const sdk::Detection& found, const cv::Rect2d& expected);

}  // namespace burin::test
