// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Prompts: weights in parentheses, BREAK, 77-token chunks, and their encoding.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <functional>
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
  std::int32_t id;  // from the vocabulary's size on: the given vectors, in order
  float weight;
};
using Chunk = std::array<Token, 77>;

// The vectors [n, C] float32 of the textual inversion of this name for one encoder ("clip_l",
// "clip_g", "clip_h"); undefined: there is none.
using EmbeddingLookup =
    std::function<at::Tensor(const std::string& name, const std::string& encoder)>;

// Groups of 8 tokens and more may be split over chunks, shorter ones move on whole. Empty text: one
// chunk. pad_token fills a chunk after its end. Throws Error{BURIN_E_JOB} for a weight that is not
// finite.
std::vector<Chunk> chunk_prompt(std::string_view prompt, std::int32_t pad_token = 49407);

// The same where "embedding:NAME", at the start of a word, stands for the vectors of that textual
// inversion: one token each, with the weight of the place, never split by other words' rules.
// vectors: those used, in the order of their tokens from `first_id` on. A name that `find` does not
// know is looked for without the commas around it; one that is unknown all the same leaves nothing
// but those commas. impact behaviour: the reference does the same, with a warning.
struct EmbeddedChunks {
  std::vector<Chunk> chunks;
  std::vector<at::Tensor> vectors;  // each [C]
};
EmbeddedChunks chunk_prompt(std::string_view prompt, std::int32_t pad_token, std::int32_t first_id,
                            const std::function<at::Tensor(const std::string& name)>& find);

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
// is no encoder. Vectors of another width than the encoder's are left out (impact behaviour: the
// tokens behind them move up, their weights do not).
EncodedPrompt encode_prompt(const TextEncoders& encoders, std::string_view prompt,
                            std::optional<int> clip_skip, BreakWord break_word = BreakWord::splits,
                            const EmbeddingLookup& embeddings = {});

}  // namespace burin::core
