// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The strict JSON reader, and the text helpers its sentences are made with.
#include "runtime/json_text.hpp"

#include <rapidcheck.h>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>

#include "runtime/run.hpp"
#include "runtime/text.hpp"
#include "support/expect_error.hpp"

using namespace burin::core;
using burin::test::holds;
using burin::test::sentence_of;

namespace {

struct Bad {
  std::string text;
  const char* sentence;
};

std::ostream& operator<<(std::ostream& out, const Bad& bad) { return out << in_quotes(bad.text); }

const Bad bad_texts[] = {
    {"", "is not valid JSON at line 1, column 1"},
    {"{\n  \"a\": 1,\n  \"b\" 2\n}", "is not valid JSON at line 3, column 7"},
    {"{\"a\": NaN}", "is not valid JSON at line 1"},
    {"{\"a\": Infinity}", "is not valid JSON"},
    {"{\"a\": -Infinity}", "is not valid JSON"},
    {"{\"a\": 1e400}", "is not valid JSON"},
    {"{\"a\": 01}", "is not valid JSON"},
    {"{} {}", "is not valid JSON"},
    {"{\"a\": 1,}", "is not valid JSON"},
    {"/* never closed", "is not valid JSON"},
    {"{\"a\": \"\xff\"}", "is not UTF-8 at line 1, column 8"},
    {"// \xc0\xaf\n{}", "is not UTF-8 at line 1, column 4"},
    {"{\"a\": \"\\ud800\"}", "is not valid JSON"},
    {std::string("{}\0 more", 8), "holds a NUL byte at line 1, column 3"},
    {"{\"a\": \"x\\u0000y\"}", "holds a NUL character in \"x\\x00y\""},
    {"{\"a\\u0000\": 1}", "holds a NUL character in \"a\\x00\""},
    {"{\"a\": 1, \"a\": 2}", "has the key \"a\" twice in one object"},
    {"[{\"b\": {\"a\": 1, \"c\": 2, \"a\": 2}}]", "has the key \"a\" twice in one object"},
    {std::string(1000000, '['), "is nested more than 32 levels deep"},
    {std::string(33, '[') + std::string(33, ']'), "is nested more than 32 levels deep"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(parse_json_)

BOOST_DATA_TEST_CASE(refuses_with_the_place, bad_texts) {
  const auto sentence = sentence_of(BURIN_E_JOB, [&] { parse_json(sample.text, {}); });
  BOOST_TEST(holds(sentence, sample.sentence), sentence);
  BOOST_TEST(sentence.rfind("the job ", 0) == 0u);
  BOOST_TEST(sentence.size() < 400u);
  BOOST_TEST(!invalid_utf8_at(sentence));
}

BOOST_AUTO_TEST_CASE(keeps_whole_numbers_exact) {
  const auto document =
      parse_json("[18446744073709551615, 9007199254740993, -9223372036854775808]", {});
  BOOST_TEST(document[0].get<std::uint64_t>() == UINT64_MAX);
  BOOST_TEST(document[1].get<std::uint64_t>() == 9007199254740993u);
  BOOST_TEST(document[2].get<std::int64_t>() == INT64_MIN);
}

BOOST_AUTO_TEST_CASE(allows_comments_only_where_the_rules_do) {
  BOOST_TEST(parse_json("// a\n{/* b */}", {}).is_object());
  JsonRules strict;
  strict.comments = false;
  strict.status = BURIN_E_MODEL;
  sentence_of(BURIN_E_MODEL, [&] { parse_json("// a\n{}", strict); });
}

BOOST_AUTO_TEST_CASE(holds_to_its_limits) {
  JsonRules rules;
  rules.max_bytes = 10;
  BOOST_TEST(sentence_of(BURIN_E_JOB, [&] { parse_json("[1, 2, 3, 4]", rules); }) ==
             "the job is 12 bytes long; expected at most 10");
  rules.max_bytes = 100;
  rules.max_values = 4;
  BOOST_TEST(parse_json("[1,2,3]", rules).size() == 3u);
  BOOST_TEST(holds(sentence_of(BURIN_E_JOB, [&] { parse_json("[1,2,3,4]", rules); }),
                   "holds more than 4 values"));
}

BOOST_AUTO_TEST_CASE(gives_back_whatever_nlohmann_writes) {
  const bool same = rc::check([](const std::vector<std::pair<std::string, std::int64_t>>& members) {
    nlohmann::json document = nlohmann::json::object();
    for (const auto& [name, value] : members) {
      std::string key = to_valid_utf8(name);
      std::erase(key, '\0');
      document[key] = {value, nullptr, key, {{"deep", true}}, 0.25};
    }
    RC_ASSERT(parse_json(document.dump(), {}) == document);
  });
  BOOST_TEST(same);
}

BOOST_AUTO_TEST_CASE(ends_in_a_document_or_an_error_for_any_bytes) {
  const bool fine = rc::check([](const std::string& bytes) {
    try {
      parse_json(bytes, {});
    } catch (const Error& error) {
      RC_ASSERT(error.status() == BURIN_E_JOB);
    }
  });
  BOOST_TEST(fine);
}

BOOST_AUTO_TEST_CASE(reads_files_and_names_those_it_cannot) {
  const auto folder = std::filesystem::temp_directory_path() / "burin_json_text_tests";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "good.json") << "{\"a\": 1}";
  BOOST_TEST(read_json_file(folder / "good.json", {})["a"] == 1);
  BOOST_TEST(
      holds(sentence_of(BURIN_E_NOT_FOUND, [&] { read_json_file(folder / "none.json", {}); }),
            "none.json\" cannot be read"));
  BOOST_TEST(holds(sentence_of(BURIN_E_IO, [&] { read_json_file(folder, {}); }), "cannot be read"));
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(finds_the_first_byte_that_is_not_utf8) {
  BOOST_TEST(!invalid_utf8_at(""));
  BOOST_TEST(!invalid_utf8_at("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
  for (const char* bad : {"a\x80", "a\xc3", "a\xc0\xaf", "a\xe0\x80\x80", "a\xed\xa0\x80",
                          "a\xf4\x90\x80\x80", "a\xf8\x88\x80\x80\x80", "a\xe2\x82"})
    BOOST_TEST(invalid_utf8_at(bad).value() == 1u);
}

BOOST_AUTO_TEST_CASE(makes_any_bytes_valid) {
  const bool valid = rc::check([](const std::string& bytes) {
    RC_ASSERT(!invalid_utf8_at(to_valid_utf8(bytes)));
    RC_ASSERT(!invalid_utf8_at(in_quotes(bytes)));
  });
  BOOST_TEST(valid);
  BOOST_TEST(to_valid_utf8("a\xff\xc3\xa9") == "a?\xc3\xa9");
}

BOOST_AUTO_TEST_CASE(quotes_on_one_line_and_cuts) {
  BOOST_TEST(in_quotes("a\nb") == "\"a\\x0ab\"");
  BOOST_TEST(in_quotes("abcdef", 3) == "\"abc...\"");
  BOOST_TEST(in_quotes("\xc3\xa9\xc3\xa9", 1) == "\"\xc3\xa9...\"");
}

BOOST_AUTO_TEST_CASE(finds_the_word_that_was_meant) {
  const std::vector<std::string_view> words = {"steps", "seed", "cfg"};
  BOOST_TEST(nearest("stepz", words) == "steps");
  BOOST_TEST(nearest("spets", words) == "");
  BOOST_TEST(nearest("setps", words) == "steps");
  BOOST_TEST(nearest("SEED", words) == "seed");
  BOOST_TEST(nearest("", words) == "");
  BOOST_TEST(nearest(std::string(100000, 'x'), words) == "");
  BOOST_TEST(nearest("x", {}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(run)

BOOST_AUTO_TEST_CASE(throws_only_once_it_is_cancelled) {
  Run run;
  run.check_cancelled();
  bool stop = false;
  run.cancelled = [&] { return stop; };
  run.check_cancelled();
  stop = true;
  BOOST_TEST(sentence_of(BURIN_E_CANCELLED, [&] { run.check_cancelled(); }) ==
             "the run was cancelled");
}

BOOST_AUTO_TEST_SUITE_END()
