// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Where results go, decided and checked before anything is computed.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace burin::host {

struct Outputs {
  std::optional<std::filesystem::path> image, layers, segs_dir, control_dir, trace;
  std::vector<std::filesystem::path> files;  // that are replaced, where they are there
};

/// From the job's "output" (absolute or relative to base_dir). Without any: "<stem>-burin.<ext>"
/// beside `input`, or `input` itself with in_place. Throws Failure: usage (unknown format, the
/// input named without in_place, or named like a result in the folder of results; one file named
/// twice), output (folder missing or not writable).
Outputs choose_outputs(const nlohmann::json& job, const std::filesystem::path& base_dir,
                       const std::filesystem::path& input, bool in_place);

}  // namespace burin::host
