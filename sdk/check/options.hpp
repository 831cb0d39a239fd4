// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The command line of burin-check.
#pragma once

#include <regex.h>

#include <filesystem>
#include <optional>
#include <string>

#include "case.hpp"
#include "isolate.hpp"

namespace burin::check {

enum class ExitCode { good = 0, bad_module = 1, usage = 2, no_module = 3 };

/// A mistake in how the program was called.
struct UsageError {
  std::string sentence;
};

/// A POSIX extended regular expression; throws UsageError when it is none.
class Pattern {
 public:
  Pattern(const std::string& option, const std::string& text);
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern();
  bool found_in(const std::string& text) const;

 private:
  regex_t compiled_ = {};
};

struct Options {
  Settings settings;
  Isolation isolation;
  std::string only, skip;           ///< expressions; "": all, none
  std::optional<std::string> json;  ///< file, or "-"
  bool list = false, verbose = false, quiet = false;
  std::string text;  ///< not "": print it and leave
};

/// Throws UsageError.
Options read_command_line(int argc, const char* const* argv);

}  // namespace burin::check
