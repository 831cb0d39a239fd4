// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Expansions against the reference's, and what is refused.
#include "prompts/wildcards.hpp"

#include <boost/test/unit_test.hpp>

#include "core/prompts/recorded_expansions.hpp"
#include "support/expect_error.hpp"

using namespace burin::core;
using burin::test::holds;
using burin::test::sentence_of;

namespace {

WildcardFiles recorded_files() { return WildcardFiles({BURIN_TEST_DATA "/wildcards"}); }

std::string expanded(std::string_view text, std::uint64_t seed = 0) {
  WildcardFiles files = recorded_files();
  return expand_wildcards(text, seed, files).text;
}

std::string refusal(std::string_view text) {
  return sentence_of(BURIN_E_JOB, [&] { expanded(text); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wildcards)

BOOST_AUTO_TEST_CASE(every_recorded_text_comes_out_as_the_references) {
  WildcardFiles files = recorded_files();
  for (const auto& [text, results] : burin::test::recorded_expansions)
    for (std::size_t i = 0; i < results.size(); ++i) {
      const std::string ours = expand_wildcards(text, burin::test::recorded_seeds[i], files).text;
      BOOST_TEST(ours == results[i], text << " with seed " << burin::test::recorded_seeds[i]
                                          << " gave " << ours << ", not " << results[i]);
    }
}

BOOST_AUTO_TEST_CASE(a_name_that_no_file_has_stays_and_is_told) {
  WildcardFiles files = recorded_files();
  const ExpandedText unknown = expand_wildcards("__missing__, __mood__, __no/such__", 0, files);
  BOOST_TEST(unknown.text == "__missing__, happy, __no/such__");
  BOOST_TEST(unknown.unknown == (std::vector<std::string>{"__missing__", "__no/such__"}));
}

BOOST_AUTO_TEST_CASE(without_files_names_are_text) {
  WildcardFiles none;
  BOOST_TEST(expand_wildcards("__init__ {a}", 5, none).text == "__init__ a");
}

BOOST_AUTO_TEST_CASE(each_number_before_a_name_counts_for_itself) {
  BOOST_TEST(expanded("2#__mood__/3#__mood__/0#__mood__") == "happy|happy/happy|happy|happy/____");
}

BOOST_AUTO_TEST_CASE(choices_that_cannot_be_made_are_refused) {
  BOOST_TEST(holds(refusal("{0::a|0::b}"), "has only weights of 0"));
  BOOST_TEST(holds(refusal("{-1::a|b}"), "has the weight -1"));
  BOOST_TEST(holds(refusal("{3-2$$a|b}"), "does not say how many"));
  BOOST_TEST(holds(refusal("{x$$a|b}"), "\"{x$$a|b}\" does not say how many"));
}

BOOST_AUTO_TEST_CASE(options_without_weight_are_never_taken) {
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    BOOST_TEST(expanded("{2$$0::a|b|0::c}", seed) == "b");
}

BOOST_AUTO_TEST_CASE(more_options_than_there_are_give_all_however_many_are_asked_for) {
  BOOST_TEST(expanded("{99999999999999999999$$a}") == "a");
}

BOOST_AUTO_TEST_CASE(text_that_grows_without_end_is_refused) {
  BOOST_TEST(holds(refusal("99999#__mood__"), "grow to more than 262144 bytes"));
  BOOST_TEST(holds(refusal("99999999999999#__mood__"), "grow to more than"));
  BOOST_TEST(holds(refusal(std::string(300000, 'x')), "has 300000 bytes"));
  std::string searched;
  for (int i = 0; i < 70; ++i) searched += "__nowhere" + std::to_string(i) + "__ ";
  BOOST_TEST(holds(refusal(searched), "more than 64 wildcards"));
}

BOOST_AUTO_TEST_CASE(long_prompts_without_wildcards_pass) {
  std::string text;
  for (int i = 0; i < 10000; ++i) text += "token ";
  BOOST_TEST(expanded(text) == text);
}

BOOST_AUTO_TEST_CASE(deep_braces_are_opened_one_after_the_other) {
  const int depth = 2000;
  std::string text;
  for (int i = 0; i < depth; ++i) text += "{";
  text += "x" + std::string(depth, '}');
  BOOST_TEST(expanded(text) == "x");
}

BOOST_AUTO_TEST_CASE(plain_numbers_have_no_exponent) {
  for (const char* number : {"1", "-1", ".5", "2.", "-0.25"}) BOOST_TEST(is_plain_number(number));
  for (const char* text : {"", "-", ".", "1e3", "1.2.3", "a", " 1", "--1"})
    BOOST_TEST(!is_plain_number(text));
}

BOOST_AUTO_TEST_SUITE_END()
