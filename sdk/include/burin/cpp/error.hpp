// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a failed call of the C ABI becomes in C++.
// Functions are [any-thread]; one object is used by one thread at a time.
#pragma once

#include <stdexcept>
#include <string>

#include "burin/status.h"

namespace burin::sdk {

/// A status other than BURIN_OK with its sentence: what was wrong, what came, what was expected.
class Error : public std::runtime_error {
 public:
  Error(burin_status status, const std::string& message)
      : std::runtime_error(message), status_(status) {}

  burin_status status() const noexcept { return status_; }

  /// The caller asked for the stop; nothing to report.
  bool cancelled() const noexcept { return status_ == BURIN_E_CANCELLED; }

 private:
  burin_status status_;
};

/// A short name of a status for people and logs; static.
inline const char* status_name(burin_status status) noexcept {
  switch (status) {
    case BURIN_OK:
      return "ok";
    case BURIN_E_INVALID:
      return "invalid argument";
    case BURIN_E_NOT_FOUND:
      return "not found";
    case BURIN_E_UNSUPPORTED:
      return "not supported";
    case BURIN_E_IO:
      return "reading or writing failed";
    case BURIN_E_MEMORY:
      return "out of memory";
    case BURIN_E_CANCELLED:
      return "cancelled";
    case BURIN_E_INTERNAL:
      return "internal error";
    case BURIN_E_JOB:
      return "malformed job";
    case BURIN_E_MODEL:
      return "malformed or unknown model";
    case BURIN_E_IMAGE:
      return "malformed image";
    default:
      return "unknown status";
  }
}

}  // namespace burin::sdk
