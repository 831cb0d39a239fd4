// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The one exception type of the core: a status of the ABI and one sentence.
#pragma once

#include <stdexcept>
#include <string>

#include "burin/status.h"

namespace burin::core {

class Error : public std::runtime_error {
 public:
  Error(burin_status status, const std::string& sentence)
      : std::runtime_error(sentence), status_(status) {}
  burin_status status() const { return status_; }

 private:
  burin_status status_;
};

}  // namespace burin::core
