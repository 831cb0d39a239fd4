// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What is printed to standard output while something runs.
#pragma once

#include <string>

namespace burin::check {

/// From its making to its end standard output goes to a place of its own, and then to where it went
/// before.
class StdoutWatch {
 public:
  StdoutWatch();
  StdoutWatch(const StdoutWatch&) = delete;
  StdoutWatch& operator=(const StdoutWatch&) = delete;
  ~StdoutWatch();

  /// The beginning of what was printed so far, "" for nothing.
  std::string printed() const;

 private:
  int before_ = -1;
  int watched_ = -1;
};

}  // namespace burin::check
