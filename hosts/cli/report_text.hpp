// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reports, plans and model descriptions for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace burin::host {

/// "sample   1.234 s" a line, the host's own reading and writing included, peak memory last.
std::string timing_text(const nlohmann::json& report, double read_seconds, double write_seconds);

/// One line a segment, then one a batch.
std::string plan_text(const nlohmann::json& plan);

/// One line a segment of a SEGS file.
std::string segs_text(const nlohmann::json& segs);

/// "key: value" lines, nested keys joined by a dot.
std::string flat_text(const nlohmann::json& object);

}  // namespace burin::host
