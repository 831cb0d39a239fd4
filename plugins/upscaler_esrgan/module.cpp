// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The module burin.upscaler.esrgan.
#include "upscaler.hpp"

namespace {

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.upscaler.esrgan",
    .role = BURIN_UPSCALER_ID,
    .name = "ESRGAN",
    .version = "1.0.0",
    .vendor = "The Burin authors",
    .licence = "Apache-2.0",
    .description = "ESRGAN, Real-ESRGAN and compact networks from safetensors files, on the CPU.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_PLUGIN(burin::esrgan::EsrganUpscaler, about)
