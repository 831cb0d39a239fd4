// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a detector found, checked and taken over.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "burin/role/detector.h"
#include "modules/module_instance.hpp"
#include "segs/make_segs.hpp"

namespace burin::core {

// Copies of the detections in a picture of that size. Throws Error{BURIN_E_INTERNAL} through `call`
// for an answer that breaks its contract; boxes that reach out of the picture are fine.
std::vector<Detection> detections_of(const burin_detections& found, cv::Size picture,
                                     const ModuleCall& call);

}  // namespace burin::core
