// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The module under test, opened as a host would open it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "burin/entry.h"

namespace burin::check {

/// dlopen with RTLD_NOW | RTLD_LOCAL; stays loaded. Ends the case (fail) when it cannot be loaded
/// or has no burin_entry.
const burin_plugin_entry& open_module(const std::filesystem::path& file);

/// Its descriptors. Ends the case (fail) when their number or one of them breaks the contract in a
/// way that leaves nothing to look at.
std::vector<const burin_descriptor*> descriptors_of(const burin_plugin_entry& entry);

/// A string of the module, or "" for NULL.
inline std::string text_or_empty(const char* text) { return text ? text : ""; }

}  // namespace burin::check
