// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a shared object exports and needs, read from its own dynamic table.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace burin::check {

struct ElfFile {
  std::vector<std::string> exported;  ///< defined, global or weak, visible; sorted
  std::vector<std::string> needed;    ///< DT_NEEDED, as written
};

/// Reads `file`; nothing of it runs. Ends the case with a finding (fail) when it is no 64-bit
/// little-endian ELF shared object, or is damaged.
ElfFile read_elf(const std::filesystem::path& file);

}  // namespace burin::check
