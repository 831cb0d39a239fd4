// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// <lora:name:0.8:0.6> in a prompt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "segs/segs.hpp"

namespace burin::core {

struct TaggedText {
  std::string text;  // without the tags
  std::vector<LoraUse> loras;
};

// impact behaviour: the first number of a tag is the model's strength (1 where there is none), the
// second the text encoder's (absent: the model's); a name's first tag counts. A name without a
// known suffix gets ".safetensors". Block weights (LBW=...) have no effect. required: of every
// LoraUse.
TaggedText take_lora_tags(std::string_view text, bool required);

}  // namespace burin::core
