// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A walk through all points of a detail hook, with a segment made for it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "burin/role/detail_hook.h"
#include "role.hpp"

namespace burin::check {

/// What a walk found. Each list names the point: "post_encode: the latent is nan at index 3".
struct Walk {
  Answer answer;            ///< of the first point that failed, else of the last; values of all
  std::string failed;       ///< the point that returned an error; "": none
  std::uint32_t taken = 0;  ///< how many points the hook has
  std::vector<std::string> orders;    ///< post_detection
  std::vector<std::string> regions;   ///< post_crop_region, touch_scaled_size
  std::vector<std::string> settings;  ///< pre_ksample
  std::vector<std::string> numbers;   ///< values that are not finite
  std::vector<std::string> forms;     ///< a lent DLTensor or struct_size was changed
  std::vector<std::string> written;   ///< something that is read only was written
};

/// Calls every point once for each of two cycles, in the engine's order. height, width: of the crop
/// in pixels, multiples of 8.
Walk walk(const Call& call, std::int64_t height, std::int64_t width, std::uint64_t seed);

}  // namespace burin::check
