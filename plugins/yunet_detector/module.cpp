// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The module burin.detector.yunet.
#include "detector.hpp"

namespace {

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.detector.yunet",
    .role = BURIN_DETECTOR_ID,
    .name = "YuNet faces",
    .version = "1.0.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description = "Finds faces and five landmarks each, on the CPU.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_DETECTOR_PLUGIN(burin::yunet::FaceDetector, about)
