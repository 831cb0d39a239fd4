// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Wildcards in a prompt: {a|b}, weights, how many to take, and names of files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "prompts/wildcard_files.hpp"

namespace burin::core {

struct ExpandedText {
  std::string text;
  std::vector<std::string> unknown;  // "__name__" that no file gives; they stay in the text
};

// impact behaviour: with a seed, what the reference's wildcard processor gives for it.
//
//   {a|b}           one of them; options may hold further braces, which are chosen first
//
//   {3::a|b}        weights; 1 where none is given
//
//   {2$$a|b|c}      two different ones, joined by a space; all, shuffled, where there are fewer
//
//   {1-2$$, $$a|b}  one or two, joined by ", "; {-2$$a|b}: 1 to 2
//
//   {2$$__name__}   two of the options of name
//
//   __name__        an option of the file; __a/b__, __*__ and __dir/*__ take from several, and a
//                   name without '/' is looked for in every folder
//
//   3#__name__      __name__|__name__|__name__, for use in braces
//
//   # at the start of a line: a comment; the line after it joins the one before
//
// Options may hold wildcards again. Letter case, and '-' for a space in a name, do not matter.
//
// Throws Error{BURIN_E_JOB} for choices that nothing can be taken from (no options, weights below 0
// or 0 together, 3-2$$), wildcards that call themselves without end (more than 99 rounds of names
// or 10,000 of braces), text that grows beyond 256 KiB, or more than 64 names to be looked for in
// every folder; and as WildcardFiles does.
ExpandedText expand_wildcards(std::string_view text, std::uint64_t seed, WildcardFiles& files);

// As Python's str.strip for ASCII.
std::string_view stripped(std::string_view text);

// A number as wildcards write it: -1, .5, 2., no exponent.
bool is_plain_number(std::string_view text);

}  // namespace burin::core
