// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A variable of the environment for as long as a scope lasts.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace burin::test {

/// Set, or unset by no value, until the object goes; then it is what it was. Where nothing else
/// reads the environment meanwhile.
class ScopedVariable {
 public:
  ScopedVariable(std::string name, const std::optional<std::string>& value)
      : name_(std::move(name)) {
    if (const char* found = std::getenv(name_.c_str())) before_ = found;
    set(value);
  }
  ~ScopedVariable() { set(before_); }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  void set(const std::optional<std::string>& value) const {
    if (value)
      ::setenv(name_.c_str(), value->c_str(), 1);
    else
      ::unsetenv(name_.c_str());
  }
  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace burin::test
