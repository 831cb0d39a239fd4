// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Prompts: weights in parentheses, BREAK, 77-token chunks, and their encoding.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nets/clip_text.hpp"

namespace burin::core {

// (text) 1.1, ((text)) 1.21, (text:1.3) 1.3 absolute; \( and \) literal. In order, escapes already
// undone. Any text: what is not balanced stays literal (impact behaviour: an unclosed group that
// happens to end in a parenthesis is a group all the same, and after a stray closing one the text
// stays literal up to the next balance). Throws Error{BURIN_E_JOB} for more than 200 nested groups.
std::vector<std::pair<std::string, double>> parse_weights(std::string_view prompt);

struct Token {
  std::int32_t id;
  float weight;
};
using Chunk = std::array<Token, 77>;

// Groups of 8 tokens and more may be split over chunks, shorter ones move on whole. Empty text: one
// chunk. pad_token fills a chunk after its end. Throws Error{BURIN_E_JOB} for a weight that is not
// finite, Error{BURIN_E_UNSUPPORTED} for "embedding:NAME".
std::vector<Chunk> chunk_prompt(std::string_view prompt, std::int32_t pad_token = 49407);

// Whether the capital word BREAK starts a new part or is a word like any other (as in the
// reference).
enum class BreakWord { splits, is_text };

// float32, on the encoders' device.
struct EncodedPrompt {
  at::Tensor context;  // [1, 77 x chunks, C]
  at::Tensor pooled;   // [1, P] of the first chunk; undefined where no encoder projects
};

// The word BREAK splits the prompt into parts that are encoded apart and concatenated. Weighted
// tokens are moved from the empty prompt's output: z = (z - e) w + e. clip_skip as clip_text's
// layer, for every encoder; absent: each encoder's own. L and G together are concatenated along the
// channels, pooled is G's. Throws as chunk_prompt and clip_text; Error{BURIN_E_INVALID} where there
// is no encoder.
EncodedPrompt encode_prompt(const TextEncoders& encoders, std::string_view prompt,
                            std::optional<int> clip_skip, BreakWord break_word = BreakWord::splits);

}  // namespace burin::core
