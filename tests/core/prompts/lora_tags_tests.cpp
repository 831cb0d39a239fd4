// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Tags of LoRAs in prompts.
#include "prompts/lora_tags.hpp"

#include <boost/test/unit_test.hpp>

using namespace burin::core;

BOOST_AUTO_TEST_SUITE(lora_tags)

BOOST_AUTO_TEST_CASE(strengths_are_the_first_numbers) {
  const TaggedText taken = take_lora_tags(
      "a <lora:one:0.8:0.6>b<lora:two>, <lora:dir/three.pt:-.5> <lora:four:LBW=x;A=1:2:3:4>", true);
  BOOST_TEST(taken.text == "a b,  ");
  BOOST_TEST((taken.loras == std::vector<LoraUse>{{"one.safetensors", 0.8, 0.6, true},
                                                  {"two.safetensors", 1, 1, true},
                                                  {"dir/three.pt", -0.5, -0.5, true},
                                                  {"four.safetensors", 2, 3, true}}));
}

BOOST_AUTO_TEST_CASE(the_first_tag_of_a_name_counts_and_all_are_removed) {
  const TaggedText taken = take_lora_tags("<lora:x:0.1><lora:x:0.9>", false);
  BOOST_TEST(taken.text.empty());
  BOOST_REQUIRE(taken.loras.size() == 1U);
  BOOST_TEST(taken.loras[0].model == 0.1);
  BOOST_TEST(!taken.loras[0].required);
}

BOOST_AUTO_TEST_CASE(what_is_no_tag_stays) {
  for (const char* text : {"", "a < b > c", "<lora:open", "<lora:>", "<lorax:1>"}) {
    const TaggedText taken = take_lora_tags(text, true);
    BOOST_TEST(taken.text == text);
    BOOST_TEST(taken.loras.empty());
  }
  const TaggedText taken = take_lora_tags("<lora::::>x", true);
  BOOST_TEST(taken.text == "x");
  BOOST_TEST(taken.loras.empty());
}

BOOST_AUTO_TEST_SUITE_END()
