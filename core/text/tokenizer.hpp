// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The byte-pair tokenizer of CLIP.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace burin::core {

inline constexpr std::int32_t kStartToken = 49406, kEndToken = 49407;

// Ids without start and end. Any bytes: invalid UTF-8 becomes U+FFFD and is dropped.
// <|startoftext|> and <|endoftext|> in the text become their ids. Thread-safe; the vocabulary is
// built on first use. Source: Radford et al. 2021, with the cleaning of the slow CLIPTokenizer (no
// ftfy): control characters dropped, NFC, lower case.
std::vector<std::int32_t> tokenize(std::string_view text);

}  // namespace burin::core
