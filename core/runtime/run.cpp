// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cancelling a run, and what it warns of.
#include "runtime/run.hpp"

#include <algorithm>

#include "burin/ext/log.h"
#include "runtime/error.hpp"

namespace burin::core {

void Run::warn(const std::string& sentence) {
  if (std::find(warnings.begin(), warnings.end(), sentence) != warnings.end()) return;
  warnings.push_back(sentence);
  if (log) log(BURIN_LOG_WARNING, sentence);
}

void Run::check_cancelled() const {
  if (cancelled && cancelled()) throw Error(BURIN_E_CANCELLED, "the run was cancelled");
}

}  // namespace burin::core
