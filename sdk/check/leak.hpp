// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Memory that something leaves behind each time it is done.
#pragma once

#include <functional>
#include <string>

namespace burin::check {

/// Does `once` `rounds` times and looks at the heap after each: "32 bytes" when it grew in every
/// one of the last rounds, else "". Under sanitizers always "": LeakSanitizer looks there.
std::string leak_of(const std::function<void()>& once, int rounds);

}  // namespace burin::check
