// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Argument checks that the imaging functions share.
#include "imaging/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "runtime/error.hpp"

namespace burin::core {

void expect_type(const cv::Mat& image, std::initializer_list<int> types, const char* what) {
  std::string expected;
  for (const int type : types) {
    expected += (expected.empty() ? "" : " or ") + cv::typeToString(type);
  }
  if (image.dims > 2) {
    throw Error(BURIN_E_INVALID, fmt::format("{}: got {} dimensions, expected a picture of {}",
                                             what, image.dims, expected));
  }
  if (image.empty()) {
    throw Error(BURIN_E_INVALID,
                fmt::format("{}: got an empty picture, expected {}", what, expected));
  }
  if (std::find(types.begin(), types.end(), image.type()) == types.end()) {
    throw Error(BURIN_E_INVALID, fmt::format("{}: got pixels of type {}, expected {}", what,
                                             cv::typeToString(image.type()), expected));
  }
}

void expect_target(int width, int height, const char* what) {
  if (width < 1 || height < 1) {
    throw Error(BURIN_E_INVALID, fmt::format("{}: got a target of {}x{} pixels, expected 1x1 or "
                                             "more",
                                             what, width, height));
  }
}

void expect_mask(const cv::Mat& mask, const char* what) {
  expect_type(mask, {CV_32FC1}, what);
  for (int y = 0; y < mask.rows; ++y) {
    const float* row = mask.ptr<float>(y);
    for (int x = 0; x < mask.cols; ++x) {
      if (!(row[x] >= 0 && row[x] <= 1)) {
        throw Error(BURIN_E_INVALID, fmt::format("{}: got a mask value of {} at ({}, {}), expected "
                                                 "0..1",
                                                 what, row[x], x, y));
      }
    }
  }
}

}  // namespace burin::core
