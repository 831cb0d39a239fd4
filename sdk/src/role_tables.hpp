// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the tables of roles and extensions hold at least.
#pragma once

#include <string>

namespace burin::sdk {

/// How the table that a module serves for `id`, a role's ("burin.detector/1") or an extension's,
/// falls short of the first revision, to follow "the table": too short, or without one of the
/// functions that a module of any age has. "": it does not, or the id is not known here. Whoever
/// calls a function appended later asks BURIN_HAS.
std::string table_fault(const char* id, const void* table);

}  // namespace burin::sdk
