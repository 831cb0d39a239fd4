// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The module burin.detector.selection.
#include "detector.hpp"

namespace {

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.detector.selection",
    .role = BURIN_DETECTOR_ID,
    .name = "Selection",
    .version = "1.0.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description = "Segments of a mask picture: each connected part, or all of it.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_DETECTOR_PLUGIN(burin::selection::MaskDetector, about)
