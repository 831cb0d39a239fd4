// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// How long the table of a role is at least.
#pragma once

#include <cstddef>

namespace burin::sdk {

/// Bytes of the first revision of the table of `role` ("burin.detector/1"): a module of any age has
/// these functions, and whoever calls one appended later asks BURIN_HAS. 0: a role not known here.
std::size_t least_table_bytes(const char* role);

}  // namespace burin::sdk
