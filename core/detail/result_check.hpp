// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Results that are none: not finite, flat, or black.
#pragma once

#include <optional>
#include <string>

#include "detail/crop.hpp"

namespace burin::core {

// Why a result cannot be used, as the end of a sentence that begins with its name; none: it can.
// latent [1, C, h, w]; redrawn: CV_32FC3 of the task's size. Flat is what varies by less than two
// 8-bit steps in every channel where it was redrawn, while what the model saw there varies by 16.
std::optional<std::string> fault_of(const Crop& crop, const at::Tensor& latent,
                                    const cv::Mat& redrawn);

// Whether mean and deviation of the redrawn part's grey lie below these, in 8-bit steps.
bool is_black_patch(const Crop& crop, const cv::Mat& redrawn, double mean, double deviation);

}  // namespace burin::core
