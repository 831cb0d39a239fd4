// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Values of a job or of settings by their place.
#pragma once

#include <nlohmann/json.hpp>

namespace burin::host {

/// What stands at the place; nullptr: nothing, null, or `from` is no object.
inline const nlohmann::json* member(const nlohmann::json& from,
                                    const nlohmann::json::json_pointer& at) {
  return from.is_object() && from.contains(at) && !from.at(at).is_null() ? &from.at(at) : nullptr;
}

}  // namespace burin::host
