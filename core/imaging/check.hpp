// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Argument checks that the imaging functions share.
#pragma once

#include <initializer_list>
#include <opencv2/core.hpp>

namespace burin::core {

// Both throw Error{BURIN_E_INVALID} with a sentence that starts with `what`.
void expect_type(const cv::Mat& image, std::initializer_list<int> types, const char* what);
void expect_target(int width, int height, const char* what);

// Throws Error{BURIN_E_INVALID} unless the CV_32FC1 `mask` holds only 0..1 and is not empty.
void expect_mask(const cv::Mat& mask, const char* what);

}  // namespace burin::core
