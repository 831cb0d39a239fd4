// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the process returns; burin(1) documents the numbers.
#pragma once

#include <stdexcept>
#include <string>

#include "burin/status.h"

namespace burin::host {

enum class ExitCode {
  ok = 0,
  internal = 1,
  usage = 2,  ///< command line or job
  image = 3,  ///< the picture or a mask
  model = 4,
  output = 5,
  memory = 6,
  some_failed = 7,  ///< some segments could not be redrawn; the others were written
  cancelled = 130
};

/// Ends the command with a code and one sentence.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

constexpr ExitCode exit_code_of(burin_status status) {
  switch (status) {
    case BURIN_OK:
      return ExitCode::ok;
    case BURIN_E_INVALID:
    case BURIN_E_NOT_FOUND:
    case BURIN_E_UNSUPPORTED:
    case BURIN_E_JOB:
      return ExitCode::usage;
    case BURIN_E_IMAGE:
      return ExitCode::image;
    case BURIN_E_MODEL:
      return ExitCode::model;
    case BURIN_E_IO:
      return ExitCode::output;
    case BURIN_E_MEMORY:
      return ExitCode::memory;
    case BURIN_E_CANCELLED:
      return ExitCode::cancelled;
    default:
      return ExitCode::internal;
  }
}

}  // namespace burin::host
