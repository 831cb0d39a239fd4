// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// burin.memory/1 as libburin serves it: the processor's memory.
#pragma once

#include "burin/ext/memory.h"

namespace burin::sdk {

/// Static.
const burin_memory& host_memory();

}  // namespace burin::sdk
