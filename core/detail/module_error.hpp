// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Where a module's failure ends: at the segment it worked on.
#pragma once

#include "runtime/error.hpp"

namespace burin::core {

// A module failed, or broke its contract: the segments that it worked on fail with this sentence.
class ModuleError : public Error {
 public:
  using Error::Error;
};

// Runs `work`, which calls a module; what that does wrong becomes a ModuleError. A cancel stays
// one.
template <class Work>
auto of_one_segment(const Work& work) {
  try {
    return work();
  } catch (const ModuleError&) {
    throw;
  } catch (const Error& error) {
    if (error.status() == BURIN_E_CANCELLED) throw;
    throw ModuleError(error.status(), error.what());
  }
}

}  // namespace burin::core
