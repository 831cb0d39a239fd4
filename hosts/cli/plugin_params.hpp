// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a module declares that can be set: burin.params/1 as JSON and as text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "burin/cpp/modules.hpp"

namespace burin::host {

/// Opens the module and lists its parameters, in the order of a dialog: id, name, description,
/// type ("bool", "int", "double", "choice", "text", "path"), unit or null, default, minimum and
/// maximum of numbers, choices of a choice, advanced, seed. Empty for one that declares none.
nlohmann::json declared_params(const sdk::ModuleSet& modules, const sdk::ModuleInfo& module);

/// One line for each, "    id  what it takes [default]  sentence".
std::string params_text(const nlohmann::json& params);

}  // namespace burin::host
