// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The detailer object of a job and of a model's recommendation.
#pragma once

#include "job/job.hpp"
#include "runtime/json_fields.hpp"

namespace burin::core {

// Keys of "detailer".
const std::vector<std::string_view>& detailer_keys();

// Checks the members that `fields` has and lays them over `settings`.
void read_settings(const Fields& fields, DetailerSettings& settings);

// The same keys, all of them.
nlohmann::json settings_to_json(const DetailerSettings& settings);

}  // namespace burin::core
