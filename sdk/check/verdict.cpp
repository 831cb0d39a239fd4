// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Names of results.
#include "case.hpp"

namespace burin::check {

const char* name_of(Result result) {
  switch (result) {
    case Result::pass:
      return "pass";
    case Result::warn:
      return "warn";
    case Result::skip:
      return "skip";
    case Result::fail:
      return "fail";
    case Result::crash:
      return "crash";
  }
  return "?";
}

}  // namespace burin::check
