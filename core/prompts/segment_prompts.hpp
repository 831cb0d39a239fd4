// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The wildcard fields of a job: a prompt, a seed and a place in the order for each SEG.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "job/job.hpp"
#include "prompts/wildcard_files.hpp"
#include "segs/segs.hpp"

namespace burin::core {

// Gives each SEG what prompt.wildcard and prompt.negative_wildcard say for it: positive, negative,
// loras, seed, and left_out for [SKIP] and for all from [STOP] on. What a SEG has of its own
// (positive, negative, seed) stays. Without these fields only a foreach job changes anything: its
// SEGS get their seeds.
//
// impact behaviour (DetailerForEach):
//   [LAB] [face] text [ALL] text   by label: ALL's text, then the label's
//   [ASC] a [SEP] b [SEP:7] c      item k for the k-th SEG by (x1, y1) of its bbox, from the first
//   [DSC] [ASC-SIZE] [DSC-SIZE]    again when they run out; the others: the reverse order, and by
//                                  the area of the bbox
//   [RND]                          in list order, the items shuffled, anew whenever they run out
//   [SEP:7], [SEP:R]               the seed of the item after it, R: a random one
//   anything else                  one item for all
//   [CONCAT] before all of it      the text is encoded after the job's prompt instead of replacing
//   it
// A SEG whose mask is 0 everywhere uses up no item. An item without text keeps the job's prompt.
// BREAK splits an item into parts that are encoded apart (here the word; in a foreach job these
// letters wherever they stand).
//
// A foreach job runs in this order (`segs` is put into it), and its i-th SEG has the seed `seed` +
// i where the item gives none. Other jobs keep their order.
//
// The reference draws its choices anew in every run. Here they come from seeds: RND and R from
// Python's generator with the job's seed, an item's wildcards from the seed of its SEG (an impact
// job: `seed` + i, as its SEGS share one; negatives: splitmix64 of it).
//
// seed: the job's resolved one. Returns sentences for the log. Throws Error{BURIN_E_JOB} naming the
// SEG for what expand_wildcards refuses, for a seed of 2^64 or more, and for seeds, [SKIP] and
// [STOP] in negative_wildcard.
std::vector<std::string> assign_prompts(Segs& segs, const Job& job, std::uint64_t seed,
                                        WildcardFiles& files);

}  // namespace burin::core
