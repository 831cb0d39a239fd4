// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// CLIP's list of byte-pair merges, carried inside the binary.
#pragma once

#include <string_view>

namespace burin::core {

// 48894 lines of two symbols and a space, most frequent first. Lives as long as the program.
std::string_view clip_merges();

}  // namespace burin::core
