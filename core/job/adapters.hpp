// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The parts of a job about what is added to a model: LoRAs, control networks, folders.
#pragma once

#include "job/job.hpp"
#include "runtime/json_fields.hpp"

namespace burin::core {

// Reads the members loras, controls and paths. Throws Error{BURIN_E_JOB}.
void read_adapters(const Fields& fields, Job& job);

// Writes them with every default; files and folders absolute. A name that is no file stays as it
// is: it is looked for in the folders.
void put_adapters(const Job& job, nlohmann::json& document);

// The list of these paths as files, in text.
nlohmann::json absolute_paths(const Job& job, const std::vector<std::string>& paths);

}  // namespace burin::core
