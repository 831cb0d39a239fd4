// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The module burin.detector.yolo.
#include "detector.hpp"

namespace {

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.detector.yolo",
    .role = BURIN_DETECTOR_ID,
    .name = "YOLO",
    .version = "1.0.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description = "Boxes and masks of a YOLO network from an ONNX file, on the CPU.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_DETECTOR_PLUGIN(burin::yolo::YoloDetector, about)
