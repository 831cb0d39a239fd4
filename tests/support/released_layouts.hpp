// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The keys and shapes of released checkpoints of every family, as their files hold them.
#pragma once

#include <string>
#include <vector>

#include "support/tiny_model.hpp"

namespace burin::test {

// "sd15", "sd15-inpaint", "sd21", "sdxl".
std::vector<std::string> released_families();

// The whole file but for numbers that no network reads (position_ids, logit_scale). Throws
// std::runtime_error for another family.
Manifest released_checkpoint_tensors(const std::string& family);

}  // namespace burin::test
