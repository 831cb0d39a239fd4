// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One line whatever the names in it are made of; a terminal obeys no name.
#include "cli/say.hpp"

#include <cstdio>

namespace burin::host {

std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    if (c == '\n') {
      line += "\\n";
    } else if (value < 0x20 || value == 0x7f) {
      char code[5];
      std::snprintf(code, sizeof code, "\\x%02x", value);
      line += code;
    } else {
      line += c;
    }
  }
  return line;
}

void say(std::string_view sentence) {
  std::fprintf(stderr, "burin: %s\n", on_one_line(sentence).c_str());
}

}  // namespace burin::host
