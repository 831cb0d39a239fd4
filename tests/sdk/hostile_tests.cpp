// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Modules that lie about what they hold: each lie is one sentence, and never a crash.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <functional>
#include <vector>

#include "burin/cpp/detector.hpp"
#include "burin/cpp/modules.hpp"
#include "burin/ext/params.h"
#include "workspace.hpp"

using namespace burin;
using namespace burin::test;

BOOST_FIXTURE_TEST_SUITE(hostile, Workspace)

BOOST_AUTO_TEST_CASE(an_answer_that_breaks_its_contract_is_a_sentence) {
  sdk::ModuleSet modules;
  modules.open(module("hostile"));
  auto detector = sdk::Detector::create(modules, "hostile");
  std::vector<uint8_t> pixels(8 * 8 * 3);
  const sdk::TensorView view(pixels.data(), sdk::PixelType::u8, 8, 8, 3);
  BOOST_TEST(detector.detect(view.dl()).size() == 1U);
  const std::vector<const char*> sentences = {
      "gave 18446744073709551615 detections",
      "1 detections at NULL",
      "with 0 bytes",
      "with 4294967295 bytes",
      "edges are not numbers",
      "a box of -8.0",
      "the confidence 2.0",
      "a label that is no UTF-8",
      "1 landmarks at NULL",
      "4294967295 landmarks",
      "a landmark that is no number",
      "a mask of 8 x -8 pixels",
      "a mask of 1073741824 x 8 pixels",
      "a mask that is not float32",
      "a mask that is not float32",
      "a mask that is not float32",
      "a mask with the value nan",
      "a mask with the value 2.0",
  };
  for (size_t way = 1; way <= sentences.size(); ++way) {
    pixels[0] = static_cast<uint8_t>(way);
    const auto [status, text] = refusal([&] { detector.detect(view.dl()); });
    BOOST_TEST_CONTEXT("way " << way) {
      BOOST_TEST(status == BURIN_E_INTERNAL);
      BOOST_TEST(contains(text, sentences[way - 1]), text);
      BOOST_TEST(contains(text, "The detector 'hostile'"), text);
    }
  }
  pixels[0] = 19;  // nothing to release
  BOOST_TEST(detector.detect(view.dl()).size() == 1U);
}

BOOST_AUTO_TEST_CASE(parameters_that_break_their_contract_are_a_sentence) {
  sdk::ModuleSet modules;
  modules.open(module("hostile"));
  const auto ask = [&](const std::optional<std::string>& way) {
    const ScopedVariable variable("BURIN_TEST_HOSTILE", way);
    const void* api = nullptr;
    return refusal([&] {
      sdk::checked([&] {
        return burin_loader_extension(modules.loader(), BURIN_DETECTOR_ID, "hostile",
                                      BURIN_PARAMS_ID, &api);
      });
    });
  };
  BOOST_TEST(ask(std::nullopt).second == "");
  const std::vector<std::pair<const char*, const char*>> ways = {
      {"1", "number 1 is NULL or too short"},
      {"2", "'count' is there twice"},
      {"3", "'size' has the default 10.0"},
      {"4", "'size' has the unknown type 77"},
      {"5", "'one' has choice 1 without an id of its own"},
      {"6", "'one' has 9 choices at NULL"},
      {"7", "'file' has no default"},
      {"8", "has the id 'No?way'"},
      {"9", "number 1 is NULL or too short"},
      {"-1", "has 8 bytes; expected are at least"},
      {"-2", "there are 4294967295"},
      {"-3", "at NULL"},
      {"-4", "lacks the function set"}};
  for (const auto& [way, sentence] : ways) {
    const auto [status, text] = ask(way);
    BOOST_TEST_CONTEXT("way " << way) {
      BOOST_TEST(status == BURIN_E_INVALID);
      BOOST_TEST(contains(text, sentence), text);
      BOOST_TEST(contains(text, "hostile.burin"), text);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_table_without_a_function_is_never_called) {
  sdk::ModuleSet modules;
  modules.open(module("hostile"));
  const ScopedVariable variable("BURIN_TEST_HOSTILE", "-5");
  const auto [status, text] = refusal([&] { sdk::Detector::create(modules, "hostile"); });
  BOOST_TEST(status == BURIN_E_INVALID);
  BOOST_TEST(contains(text, "lacks the function detect"), text);
}

BOOST_AUTO_TEST_CASE(texts_that_a_terminal_obeys_or_that_fill_it_are_refused) {
  const std::vector<std::pair<const char*, const char*>> modules_and_sentences = {
      {"hostile_long_id", "has the id 'org.example.aaaa"},
      {"hostile_empty_id", "has the id ''"},
      {"hostile_dots_id", "has the id 'org..example'"},
      {"hostile_control_id", "has the id 'org.ex?[2Jample'"},
      {"hostile_control_name", "has a name with control characters"},
      {"hostile_latin_name", "has a name with bytes that are no UTF-8"}};
  for (const auto& [name, sentence] : modules_and_sentences) {
    sdk::ModuleSet modules;
    const auto [status, text] = refusal([&, file = module(name)] { modules.open(file); });
    BOOST_TEST(status == BURIN_E_INVALID);
    BOOST_TEST(contains(text, sentence), text);
    BOOST_TEST(text.size() < 1000U);
  }
}

BOOST_AUTO_TEST_CASE(a_module_that_is_opened_by_name_crashes_elsewhere_too) {
  const ScopedVariable limit("BURIN_SCAN_SECONDS", "1");
  sdk::ModuleSet modules;
  for (const auto& [name, sentence] : std::vector<std::pair<const char*, const char*>>{
           {"scan_crash", "(signal 11"},
           {"scan_overflow", "(signal 11"},
           {"scan_exit", "exit status 42"},
           {"scan_hang", "did not answer within 1 s"}}) {
    const auto [status, text] = refusal([&, file = module(name)] { modules.open(file); });
    BOOST_TEST(status == BURIN_E_INTERNAL);
    BOOST_TEST(contains(text, sentence), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
