// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Modules whose structs are shorter or longer than those of this build.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "burin/cpp/detector.hpp"
#include "burin/cpp/engine.hpp"
#include "workspace.hpp"

using namespace burin;
using namespace burin::test;

BOOST_FIXTURE_TEST_SUITE(ages, Workspace)

BOOST_AUTO_TEST_CASE(shorter_and_longer_structs_of_a_detector_are_read) {
  for (const char* age : {"older", "newer"}) {
    sdk::ModuleSet modules;
    modules.open(module(std::string(age) + "_detector"));
    const auto listed = modules.list(BURIN_DETECTOR_ID);
    BOOST_TEST(std::any_of(listed.begin(), listed.end(), [&](const auto& found) {
      return found.id == std::string("org.example.") + age && found.name == "Aged";
    }));
    auto detector = sdk::Detector::create(modules, age);
    std::vector<uint8_t> pixels(4 * 4 * 3);
    const sdk::TensorView view(pixels.data(), sdk::PixelType::u8, 4, 4, 3);
    const auto found = detector.detect(view.dl());
    BOOST_REQUIRE(found.size() == 2U);
    BOOST_TEST((found[0].label == "first" && found[1].label == "second"), age);
    BOOST_TEST((found[0].confidence == 0.9 && found[1].x1 == 1 && found[1].x2 == 3), age);
    BOOST_TEST((found[0].mask.empty() && found[1].landmarks.empty()), age);
  }
}

BOOST_AUTO_TEST_CASE(they_are_read_when_they_are_scanned_too) {
  place("older_detector", "plugins/older.burin");
  place("newer_detector", "plugins/newer.burin");
  sdk::ModuleSetOptions options;
  options.plugin_dirs = {folder / "plugins"};
  const sdk::ModuleSet modules(options);
  BOOST_TEST(sdk::Detector::create(modules, "older").detect(nullptr).size() == 2U);
  BOOST_TEST(sdk::Detector::create(modules, "newer").detect(nullptr).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_table_without_the_functions_of_the_first_revision_is_refused) {
  sdk::ModuleSet modules;
  modules.open(module("short_detector"));
  try {
    sdk::Detector::create(modules, "short");
    BOOST_ERROR("it was accepted");
  } catch (const sdk::Error& error) {
    BOOST_TEST(error.status() == BURIN_E_INVALID);
    const std::string text = error.what();
    for (const char* part : {"org.example.short", "24 bytes", "at least 32", "burin.detector/1"}) {
      BOOST_TEST(text.find(part) != std::string::npos, text);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_older_engine_does_what_it_can_and_says_what_it_cannot) {
  const auto file = place("older_engine", "core/libburin_core.so");
  const ScopedVariable path("BURIN_CORE_PATH", file.c_str());
  const sdk::ModuleSet modules;
  auto engine = sdk::Engine::create(modules);
  BOOST_TEST(engine.complete_job("{}", "/base") == "{} in /base");
  for (const auto& call : {std::function<void()>([&] { engine.edit_segs("{}", ""); }),
                           std::function<void()>([&] { engine.segs_mask("{}", ""); })}) {
    BOOST_CHECK_EXCEPTION(call(), sdk::Error, [](const sdk::Error& error) {
      return error.status() == BURIN_E_UNSUPPORTED &&
             std::string(error.what()).find("older") != std::string::npos;
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()
