// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The engine an editor works with, chosen in one place.
#pragma once

#include <string>

#include "burin/cpp/engine.hpp"

namespace burin::host {

/// client: who asks. Throws sdk::Error.
sdk::Engine open_engine(const std::string& client, const std::string& device);

/// Takes models out of memory. Returns a sentence that says what was done. Throws sdk::Error.
std::string release_memory(const std::string& client);

}  // namespace burin::host
