// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The engine an editor works with, chosen in one place.
#pragma once

#include <string>

#include "burin/cpp/engine.hpp"

namespace burin::host {

/// $BURIN_HOST_ENGINE: "worker" (also when absent), the engine in the worker's process; "here", for
/// tests, in this one. client: who asks, for the worker's log. Throws sdk::Error.
sdk::Engine open_engine(const std::string& client, const std::string& device);

/// Models leave the worker's memory. Returns a sentence that says what was done. Throws sdk::Error.
std::string release_memory(const std::string& client);

}  // namespace burin::host
