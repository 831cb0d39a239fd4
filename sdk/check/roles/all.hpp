// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One function a role; roles.cpp lists them.
#pragma once

#include "role.hpp"

namespace burin::check {

Role blender_role();
Role detail_hook_role();
Role detector_role();
Role engine_role();
Role preprocessor_role();
Role sampler_role();
Role scheduler_role();
Role segmenter_role();
Role upscaler_role();

}  // namespace burin::check
