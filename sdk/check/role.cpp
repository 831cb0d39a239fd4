// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The list of roles, and what their cases share.
#include "role.hpp"

#include <cmath>

#include "roles/all.hpp"

namespace burin::check {

const std::vector<Role>& roles() {
  static const std::vector<Role> all = {
      engine_role(),    detector_role(), segmenter_role(),    detail_hook_role(), upscaler_role(),
      scheduler_role(), sampler_role(),  preprocessor_role(), blender_role(),
  };
  return all;
}

const Role* find_role(const std::string& interface_id) {
  for (const Role& role : roles()) {
    if (interface_id == role.interface_id) return &role;
  }
  return nullptr;
}

std::string range_fault(const std::vector<float>& values, double least, double most) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<double>(values[i]);
    if (!std::isfinite(value)) return text_of("is ", value, " at index ", i);
    if (value < least || value > most) {
      return text_of("is ", value, " at index ", i, "; expected is ", least, " to ", most);
    }
  }
  return "";
}

}  // namespace burin::check
