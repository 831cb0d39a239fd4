// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A host for tests that talk to the engine's C++ side: remembers errors, reads pictures with
// OpenCV, finds no other module.
#pragma once

#include "burin/host.h"

namespace burin::test {

const burin_host* engine_host();

}  // namespace burin::test
