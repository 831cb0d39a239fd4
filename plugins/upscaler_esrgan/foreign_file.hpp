// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a file is that holds no network this module runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace burin::esrgan {

/// By the first 8 bytes: "a PyTorch pickle (...)", "an ONNX file", ...; "" when nothing says so.
std::string foreign_format(std::string_view first_bytes);

/// By the names of its tensors: "a DAT network", "a Stable Diffusion checkpoint", ...; "" when
/// nothing says so.
std::string foreign_network(const std::vector<std::string>& names);

}  // namespace burin::esrgan
