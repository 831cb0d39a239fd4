// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The tokenizer against ids of the reference, and text of every kind.
#include "text/tokenizer.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>
#include <thread>

#include "text/clip_merges.hpp"

using namespace burin::core;
namespace data = boost::unit_test::data;

namespace {

using Ids = std::vector<std::int32_t>;

struct Example {
  std::string text;
  Ids ids;
};
std::ostream& operator<<(std::ostream& out, const Example& e) {
  return out << '"' << e.text << '"';
}

const std::vector<Example> kReference{
    {"a photo of a cat", {320, 1125, 539, 320, 2368}},
    {"masterpiece, best quality, 1girl, detailed face, looking at viewer",
     {12066, 267, 949, 3027, 267, 272, 1611, 267, 12609, 1710, 267, 1312, 536, 15061}},
    {"it's 2024!!! (wow)", {585, 568, 273, 271, 273, 275, 995, 263, 2781, 264}},
    {"", {}},
    {" \t\r\n", {}},
};

// Different spellings of the same tokens.
const std::vector<std::pair<std::string, std::string>> kSame{
    {"A  Photo\tof\na CAT", "a photo of a cat"},
    {"a\u00A0photo\u2003of\u2028a cat", "a photo of a cat"},
    {std::string("a ph\0oto of a\u0007 cat", 19), "a photo of a cat"},
    {"a ph\xFFoto of a\xC3 cat", "a photo of a cat"},
    {"a ph\uFFFDoto of a cat", "a photo of a cat"},
    {"cafe\u0301", "caf\u00E9"},
    {"\u00C9COLE", "\u00E9cole"},
    {"\u039F\u0394\u039F\u03A3", "\u03BF\u03B4\u03BF\u03C2"},
    {"\u0130x", "i\u0307x"},
    {"\u732B\u72AC", "\u732B \u72AC"},
    {"\u732Bcat", "\u732B cat"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(clip_tokenizer)

BOOST_DATA_TEST_CASE(gives_the_ids_of_the_reference, data::make(kReference), example) {
  BOOST_TEST(tokenize(example.text) == example.ids, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_merge_list_is_whole) {
  BOOST_TEST(std::ranges::count(clip_merges(), '\n') == 48894);
  BOOST_TEST(clip_merges().starts_with("i n\nt h\n"));
  BOOST_TEST(clip_merges().ends_with("jeky ll</w>\n"));
}

BOOST_AUTO_TEST_CASE(the_last_merge_has_the_last_id_before_start) {
  BOOST_TEST(tokenize("jekyll") == (Ids{49405}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(single_bytes_have_the_first_ids) {
  BOOST_TEST(tokenize("!") == (Ids{256}), boost::test_tools::per_element());
  BOOST_TEST(tokenize("~") == (Ids{256 + '~' - '!'}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(cleaning_makes_different_spellings_equal) {
  for (const auto& [one, other] : kSame)
    BOOST_TEST((tokenize(one) == tokenize(other)), "\"" << one << "\" and \"" << other << "\"");
}

BOOST_AUTO_TEST_CASE(special_tokens_are_cut_out_of_the_text) {
  const Ids expected{2368, kEndToken, 2368};
  BOOST_TEST(tokenize("cat<|endoftext|>cat") == expected, boost::test_tools::per_element());
  BOOST_TEST(tokenize("cat <|ENDOFTEXT|> cat") == expected, boost::test_tools::per_element());
  BOOST_TEST(tokenize("<|startoftext|>") == (Ids{kStartToken}), boost::test_tools::per_element());
  const Ids marked = tokenize("!!<|endoftext|>");
  BOOST_TEST(marked.back() == kEndToken);
}

BOOST_AUTO_TEST_CASE(contractions_numbers_and_marks_are_words_of_their_own) {
  BOOST_TEST(tokenize("it's").size() == 2);
  BOOST_TEST(tokenize("they're we'll i'd").size() == 6);
  BOOST_TEST(tokenize("2024").size() == 4);
  BOOST_TEST((tokenize("cat,dog") == tokenize("cat , dog")));
}

BOOST_AUTO_TEST_CASE(any_bytes_give_ids_of_the_vocabulary) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string bytes(random() % 64, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    for (const std::int32_t id : tokenize(bytes)) BOOST_TEST((id >= 0 && id <= kEndToken));
  }
}

BOOST_AUTO_TEST_CASE(every_emoji_and_script_is_representable) {
  for (const char* text :
       {"\U0001F600", "\u0627\u0644\u0642\u0637", "\u0E41\u0E21\u0E27", "\uD55C\uAD6D"}) {
    const Ids ids = tokenize(text);
    BOOST_TEST(!ids.empty());
    BOOST_TEST(std::ranges::count(ids, kEndToken) == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_long_word_takes_no_time_to_speak_of) {
  BOOST_TEST(tokenize(std::string(2000, 'x')).size() > 100);
}

BOOST_AUTO_TEST_CASE(threads_agree) {
  Ids results[4];
  std::vector<std::thread> threads;
  for (Ids& r : results) threads.emplace_back([&r] { r = tokenize("a photo of a cat"); });
  for (std::thread& t : threads) t.join();
  for (const Ids& r : results) BOOST_TEST(r == kReference[0].ids, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
