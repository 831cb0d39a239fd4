// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A segmenter as a job names it.
#pragma once

#include <optional>

#include "modules/module_instance.hpp"

namespace burin::core {

struct SegmenterUse {
  ModuleUse module;
  std::optional<double> threshold;  // 0..1, least confidence; absent: what the module thinks right
};

}  // namespace burin::core
