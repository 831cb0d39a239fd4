// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Names, options, and files that are not what they should be.
#include "prompts/wildcard_files.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "prompts/wildcards.hpp"
#include "support/expect_error.hpp"

using namespace burin::core;
using burin::test::holds;
using burin::test::sentence_of;
namespace fs = std::filesystem;
using Options = std::vector<std::string>;

namespace {

// An empty folder for one case.
struct Folder {
  Folder() : path(fs::path(BURIN_BUILD_DIR) / "wildcard-files") {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << text;
  }
  fs::path path;
};

Options options_of(const fs::path& folder, const std::string& name) {
  WildcardFiles files({folder});
  const Options* options = files.find(name);
  BOOST_REQUIRE_MESSAGE(options, name << " is missing");
  return *options;
}

std::string yaml_refusal(const std::string& text) {
  return sentence_of(BURIN_E_JOB, [&] { read_wildcard_yaml(text, "it"); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wildcard_files)

BOOST_AUTO_TEST_CASE(lines_of_text_are_options_but_for_comments) {
  const Folder folder;
  folder.write("Warm Colours.TXT", "never\n");
  folder.write("sub/Two Words.txt", "one\r\n# no\n\n  two  \r\t# no\nthree");
  BOOST_TEST(options_of(folder.path, "sub/two-words") == (Options{"one", "", "  two  ", "three"}));
  WildcardFiles files({folder.path});
  BOOST_TEST(!files.find("warm-colours"));
}

BOOST_AUTO_TEST_CASE(latin_1_and_utf_8_are_told_apart) {
  const Folder folder;
  folder.write("new.txt",
               "\xEF\xBB\xBF"
               "caf\xC3\xA9");
  folder.write("old.txt", "caf\xE9");
  BOOST_TEST(options_of(folder.path, "new") == (Options{"caf\xC3\xA9"}));
  BOOST_TEST(options_of(folder.path, "old") == (Options{"caf\xC3\xA9"}));
}

BOOST_AUTO_TEST_CASE(keys_of_yaml_are_folders) {
  const auto lists = read_wildcard_yaml(
      "Top Level:\n  In ner: [a, 'b: c']\n  one: 1.50\n  none:\n  gone: ~\nlist:\n- x\n- |\n  y\n  "
      "z\n",
      "it");
  BOOST_TEST(lists.size() == 3U);
  BOOST_TEST(lists.at("top-level/in-ner") == (Options{"a", "b: c"}));
  BOOST_TEST(lists.at("top-level/one") == (Options{"1.50"}));
  BOOST_TEST(lists.at("list") == (Options{"x", "y\nz\n"}));
  BOOST_TEST(read_wildcard_yaml("", "it").empty());
}

BOOST_AUTO_TEST_CASE(yaml_that_is_something_else_is_refused_with_its_line) {
  BOOST_TEST(holds(yaml_refusal("a: [1\nb: 2"), "it, line 2, is no YAML"));
  BOOST_TEST(holds(yaml_refusal("- a\n- b"), "holds no names"));
  BOOST_TEST(holds(yaml_refusal("a: [[b]]"), "has a list within a list"));
  BOOST_TEST(holds(yaml_refusal("? [a]\n: b"), "has a name that is no text"));
  BOOST_TEST(holds(yaml_refusal("a: &x [b]\nc: *x"), "line 2, uses an alias"));
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "k:\n";
  BOOST_TEST(holds(yaml_refusal(deep), "nests deeper than 32 levels"));
  BOOST_TEST(holds(yaml_refusal(std::string(100000, '[')), "it, line 1, "));
  BOOST_TEST(holds(yaml_refusal(std::string("a: \0b", 5)), "is no YAML"));
}

BOOST_AUTO_TEST_CASE(the_first_folder_and_in_it_the_text_file_wins) {
  const Folder folder;
  folder.write("one/a.yaml", "a: [yaml]\nb: [yaml]");
  folder.write("one/a.txt", "text");
  folder.write("two/a.txt", "second");
  folder.write("two/c.txt", "second");
  WildcardFiles files({folder.path / "one", folder.path / "two"});
  BOOST_TEST(*files.find("a") == Options{"text"});
  BOOST_TEST(*files.find("b") == Options{"yaml"});
  BOOST_TEST(*files.find("c") == Options{"second"});
}

BOOST_AUTO_TEST_CASE(patterns_match_the_beginning_of_names) {
  const Folder folder;
  for (const char* name : {"ab/c.txt", "ab/cd.txt", "abx.txt", "y/ab.txt"})
    folder.write(name, name);
  WildcardFiles files({folder.path});
  BOOST_TEST(files.matching("ab/*") == (Options{"ab/c.txt", "ab/cd.txt"}));
  BOOST_TEST(files.matching("*/ab") == (Options{"y/ab.txt"}));
  BOOST_TEST(files.matching("a.*") == (Options{"ab/c.txt", "ab/cd.txt", "abx.txt"}));
  BOOST_TEST(files.matching("*b/c") == (Options{"ab/c.txt", "ab/cd.txt"}));
  BOOST_TEST(files.matching("*q*").empty());
  BOOST_TEST(files.matching("*").size() == 4U);
  BOOST_TEST(files.nearest_name("y/av") == "y/ab");
}

BOOST_AUTO_TEST_CASE(patterns_with_many_stars_are_quick) {
  const Folder folder;
  folder.write(std::string(200, 'a') + ".txt", "x");
  WildcardFiles files({folder.path});
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  BOOST_TEST(files.matching(pattern + "b").empty());
}

BOOST_AUTO_TEST_CASE(links_in_a_circle_are_followed_once) {
  const Folder folder;
  folder.write("sub/a.txt", "x");
  fs::create_directory_symlink(folder.path, folder.path / "sub" / "loop");
  BOOST_TEST(options_of(folder.path, "sub/a") == Options{"x"});
}

BOOST_AUTO_TEST_CASE(a_file_that_calls_itself_is_refused) {
  const Folder folder;
  folder.write("loop.txt", "again __loop__");
  folder.write("double.txt", "__double__ __double__");
  folder.write("inside.txt", "{1$$__inside__}");
  WildcardFiles files({folder.path});
  for (const char* text : {"__loop__", "__double__", "{1$$__inside__}"}) {
    const std::string sentence =
        sentence_of(BURIN_E_JOB, [&] { expand_wildcards(text, 0, files); });
    BOOST_TEST((holds(sentence, "never come to an end") || holds(sentence, "grow to more than")));
  }
}

BOOST_AUTO_TEST_CASE(a_file_without_options_is_refused_when_it_is_asked_for) {
  const Folder folder;
  folder.write("empty.txt", "# nothing\n");
  WildcardFiles files({folder.path});
  BOOST_TEST(expand_wildcards("x", 0, files).text == "x");
  BOOST_TEST(holds(sentence_of(BURIN_E_JOB, [&] { expand_wildcards("__empty__", 0, files); }),
                   "without options"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_refused_when_a_name_is_asked_for) {
  WildcardFiles files({"/nowhere/at/all"});
  BOOST_TEST(expand_wildcards("{a}", 0, files).text == "a");
  BOOST_TEST(holds(sentence_of(BURIN_E_NOT_FOUND, [&] { expand_wildcards("__a__", 0, files); }),
                   "no wildcard folder"));
}

BOOST_AUTO_TEST_SUITE_END()
