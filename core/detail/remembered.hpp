// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a loaded model has worked out before and gives again: a face that is drawn once more, with
// another seed or strength, starts sampling at once.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/recent.hpp"
#include "text/prompt.hpp"

namespace burin::core {

// A prompt without textual inversions or merged text encoders, which are files that may change.
struct PromptKey {
  std::string text;
  std::optional<int> clip_skip;
  BreakWord break_word = BreakWord::splits;
  auto operator<=>(const PromptKey&) const = default;
};

// A picture by its size and a hash of each of its planes, red, green and blue: that it is taken for
// another one takes three collisions at once.
struct PictureKey {
  std::int64_t width = 0, height = 0;
  std::array<std::size_t, 3> planes{};
  bool in_tiles_of_reference = false;  // where memory is short, impact behaviour differs
  bool operator==(const PictureKey&) const = default;
};

// Of one model; gone with it. A prompt takes some 0.2 to 1 MB, a latent some 0.1.
struct Remembered {
  Recent<PromptKey, EncodedPrompt> prompts{32};
  Recent<PictureKey, at::Tensor> latents{64};  // in the autoencoder's own scale
};

}  // namespace burin::core
