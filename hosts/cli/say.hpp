// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the program says when it fails.
#pragma once

#include <string>
#include <string_view>

namespace burin::host {

/// `text` with its control characters, which a file's name may hold, as \n or \x1b. [any-thread]
std::string on_one_line(std::string_view text);

/// Writes "burin: SENTENCE" as one line to stderr. [any-thread]
void say(std::string_view sentence);

}  // namespace burin::host
