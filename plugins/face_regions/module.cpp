// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The module burin.detector.regions.
#include "detector.hpp"

namespace {

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.detector.regions",
    .role = BURIN_DETECTOR_ID,
    .name = "People and parts of faces",
    .version = "1.1.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description =
        "Finds faces with YuNet and gives each one's eyes, mouth and person as boxes of their own.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_DETECTOR_PLUGIN(burin::regions::RegionDetector, about)
