// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The module burin.detector.haar.
#include "detector.hpp"

namespace {

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.detector.haar",
    .role = BURIN_DETECTOR_ID,
    .name = "Cascade classifier",
    .version = "1.0.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description = "Finds what an OpenCV cascade was trained for, faces by default, on the CPU.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_DETECTOR_PLUGIN(burin::haar::CascadeDetector, about)
