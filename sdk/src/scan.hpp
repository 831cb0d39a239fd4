// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Looking at a module in a process of its own.
#pragma once

#include "module_record.hpp"

namespace burin::sdk {

/// What burin-scan ends with when nobody can hear it.
constexpr int exit_without_answer = 77;

/// Opens the file in this process and writes down what it describes, or why it was refused. Does
/// not initialise it. Never throws for a module that is refused.
ModuleRecord look_at(const FileStamp& stamp);

/// As look_at, by the program burin-scan, so that a module that crashes, hangs or ends its process
/// is a record with a problem. It has $BURIN_SCAN_SECONDS (10 at first). Without that program
/// beside libburin the file is looked at in this process.
ModuleRecord scan(const FileStamp& stamp);

}  // namespace burin::sdk
