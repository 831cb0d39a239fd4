// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The last error of each thread.
#include "last_error.hpp"

#include <string>

namespace burin::sdk {
namespace {

std::string& slot() {
  thread_local std::string text;
  return text;
}

}  // namespace

void remember_error(const char* text) noexcept {
  try {
    // By way of a copy: `text` may be what is remembered already.
    slot() = std::string(text ? text : "");
  } catch (...) {
    slot().clear();
  }
}

const char* remembered_error() noexcept { return slot().c_str(); }

}  // namespace burin::sdk
