// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// CLIP's list of byte-pair merges: the assembler puts the file into the object. BURIN_CLIP_MERGES
// names it.
#include "text/clip_merges.hpp"

asm(".section .rodata\n"
    ".hidden burin_clip_merges_begin\n"
    ".hidden burin_clip_merges_end\n"
    ".global burin_clip_merges_begin\n"
    ".global burin_clip_merges_end\n"
    "burin_clip_merges_begin:\n"
    ".incbin \"" BURIN_CLIP_MERGES
    "\"\n"
    "burin_clip_merges_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
[[gnu::visibility("hidden")]] extern const char burin_clip_merges_begin[];
[[gnu::visibility("hidden")]] extern const char burin_clip_merges_end[];
}

namespace burin::core {

std::string_view clip_merges() {
  return {burin_clip_merges_begin,
          static_cast<std::size_t>(burin_clip_merges_end - burin_clip_merges_begin)};
}

}  // namespace burin::core
