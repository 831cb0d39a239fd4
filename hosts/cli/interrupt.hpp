// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Ctrl-C: the first asks the run to stop, the second ends the process.
#pragma once

namespace burin::host {

/// Catches SIGINT and SIGTERM from now on.
void catch_interrupts();

/// Whether one came.
bool interrupted();

/// Throws Failure (cancelled) when one came.
void check_interrupted();

}  // namespace burin::host
