// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The detector that finds nothing by looking, as a module.
#include "nothing.hpp"

namespace {

constexpr burin_descriptor about = {.struct_size = sizeof(burin_descriptor),
                                    .id = "burin.bench.nothing",
                                    .role = BURIN_DETECTOR_ID,
                                    .name = "Nothing",
                                    .version = "1.0.0",
                                    .vendor = "Burin",
                                    .licence = "Apache-2.0",
                                    .description = "One face, wherever it looks.",
                                    .cuda = BURIN_CUDA_NO};

}  // namespace

BURIN_PLUGIN(burin::bench::Nothing, about)
