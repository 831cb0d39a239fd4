// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cancelling a run.
#include "runtime/run.hpp"

#include "runtime/error.hpp"

namespace burin::core {

void Run::check_cancelled() const {
  if (cancelled && cancelled()) throw Error(BURIN_E_CANCELLED, "the run was cancelled");
}

}  // namespace burin::core
