// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the reference's wildcard processor (Impact Pack of October 2024, NumPy 1.26) gave for these
// texts with the files of tests/data/wildcards, its names sorted, for the seeds of recorded_seeds.
#pragma once

#include <array>
#include <cstdint>

namespace burin::test {

struct RecordedExpansion {
  const char* text;
  std::array<const char*, 5> results;
};

inline constexpr std::array<std::uint64_t, 5> recorded_seeds = {0, 1, 2, 3, 12345678901234567890U};

inline constexpr RecordedExpansion recorded_expansions[] = {
    {"plain text, (weights:1.2)",
     {"plain text, (weights:1.2)", "plain text, (weights:1.2)", "plain text, (weights:1.2)",
      "plain text, (weights:1.2)", "plain text, (weights:1.2)"}},
    {"{a|b|c|d}", {"c", "c", "b", "a", "a"}},
    {"{red|{deep|pale} blue} eyes",
     {"red eyes", "pale blue eyes", "red eyes", "red eyes", "deep blue eyes"}},
    {"{5::a|1::b|0::c}", {"a", "a", "a", "a", "a"}},
    {"{2$$a|b|c|d}", {"c b", "c d", "b d", "a d", "a c"}},
    {"{2$$ and $$a|b|c}", {"b and a", "b and c", "a and c", "a and c", "a and b"}},
    {"{1-3$$, $$a|b|c|d}", {"b, a, d", "d, a", "b, d, a", "a, d, c", "c, d"}},
    {"{-2$$a|b|c}", {"a b", "c", "a c", "a c", "b c"}},
    {"{7$$a|b|c}", {"c a b", "a b c", "c a b", "c b a", "b c a"}},
    {"{0$$a|b}x", {"x", "x", "x", "x", "x"}},
    {"{0.5::x|.5::y|2::z} {2$$3::p|q|r}", {"z p q", "z r p", "y p r", "x p r", "x q r"}},
    {"__hair__",
     {"curly hair, green eyes", "long black hair", "curly hair, blue eyes", "curly hair, blue eyes",
      "long black hair"}},
    {"a face, __HAIR__, __eyes__, __eyes__",
     {"a face, curly hair, green eyes, green eyes, blue eyes",
      "a face, long blonde hair, green eyes, green eyes",
      "a face, curly hair, blue eyes, blue eyes, blue eyes",
      "a face, curly hair, blue eyes, blue eyes, blue eyes",
      "a face, long black hair, blue eyes, green eyes"}},
    {"__colours/warm__ and __colours\\hair-style__",
     {"grey and down", "green and down", "grey and up", "grey and up", " and up"}},
    {"__colours/*__", {"grey", "blue", "grey", "", "green"}},
    {"__*__", {"happy", "green", "happy", "happy", "grey"}},
    {"__warm__, __eyes__",
     {"grey, green eyes", "green, green eyes", "grey, blue eyes", "grey, blue eyes",
      ", blue eyes"}},
    {"{2$$__eyes__}",
     {"green eyes blue eyes", "green eyes blue eyes", "blue eyes green eyes",
      "blue eyes green eyes", "blue eyes green eyes"}},
    {"{2$$ + $$__eyes__}", {"green eyes", "blue eyes", "green eyes", "green eyes", "green eyes"}},
    {"{__eyes__|__mood__}", {"happy", "happy", "blue eyes", "blue eyes", "green eyes"}},
    {"2#__eyes__",
     {"green eyes|green eyes", "blue eyes|green eyes", "green eyes|blue eyes",
      "green eyes|blue eyes", "green eyes|blue eyes"}},
    {"{3$$, $$2#__Animals/Big-Cats__|none}",
     {"lion, leopard old, none", "leopard young, none, leopard young", "tiger, none, tiger",
      "lion, none, lion", "tiger, tiger, none"}},
    {"__animals/big-cats__ __animals/dogs__ __animals/name__",
     {"leopard young poodle rex", "tiger poodle rex", "leopard young hound rex",
      "leopard young hound rex", "tiger hound rex"}},
    {"# comment\nfirst\n  # second\nthird\nfourth",
     {"first third\nfourth", "first third\nfourth", "first third\nfourth", "first third\nfourth",
      "first third\nfourth"}},
    {"one\n#two\nthree", {"one three", "one three", "one three", "one three", "one three"}},
    {"__dogs__, {a|b}, __dogs__",
     {"poodle, b, hound", "poodle, b, poodle", "hound, a, hound", "hound, a, hound",
      "poodle, a, poodle"}},
    {"{2$$__dogs__}",
     {"poodle hound", "poodle hound", "hound poodle", "hound poodle", "hound poodle"}},
    {"{}", {"", "", "", "", ""}},
    {"{|x}", {"x", "x", "", "", ""}},
    {"a {b", {"a {b", "a {b", "a {b", "a {b", "a {b"}},
    {"c} d {e|f}", {"c} d f", "c} d f", "c} d e", "c} d e", "c} d e"}},
    {"{1$$__animals/*__}", {"hound", "hound", "tiger", "lion", "lion"}},
    {"__an*__ __numbers__", {"rex 2", "leopard old 2", "rex 1", "poodle 1", "hound 1"}},
    {"{ 2.5 ::a|b}", {" 2.5 ::a", " 2.5 ::a", " 2.5 ::a", " 2.5 ::a", " 2.5 ::a"}},
    {"{10::{x|y}|z}", {"y", "z", "x", "x", "x"}},
    {"{3$$a|b|c}{2$$, $$d|e|f}", {"b a cf, e", "b c af, d", "a c be, f", "a c bd, e", "a b ce, d"}},
};

}  // namespace burin::test
