// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The engine wrapper against an engine that shows what it was given.
#include "burin/cpp/engine.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "workspace.hpp"

using namespace burin;
using namespace burin::test;

namespace {

struct EngineSpace : Workspace {
  std::filesystem::path file = place("fake_engine", "core/libburin_core.so");
  ScopedVariable path{"BURIN_CORE_PATH", file.c_str()};
  std::vector<uint8_t> pixels = std::vector<uint8_t>(2 * 5 * 3);
  sdk::TensorView view{pixels.data(), sdk::PixelType::u8, 2, 5, 3};
  sdk::Image image{view.dl(), "profile", 7};
};

burin_status status_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const sdk::Error& error) {
    return error.status();
  }
  return BURIN_OK;
}

// How many objects of the fake engine live, this engine among them.
std::string alive(sdk::Engine& engine) {
  const std::string text = engine.describe_model();
  return text.substr(text.find("alive"));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(engine, EngineSpace)

BOOST_AUTO_TEST_CASE(passes_options_jobs_and_pictures_on) {
  sdk::ModuleSet modules;
  sdk::EngineOptions options;
  options.device = "cpu";
  options.dtype = "f32";
  options.memory_bytes = 12345;
  options.threads = 3;
  options.data_dir = "/models";
  auto engine = sdk::Engine::create(modules, options);
  BOOST_TEST(contains(engine.describe_model(), "cpu f32 12345 3 /models"));
  BOOST_TEST(engine.complete_job("{}", "/base") == "{} in /base");
  BOOST_TEST(engine.complete_job("{}") == "{} in none");
  BOOST_TEST(engine.plan("job", "", image) == "job in none on 5 with profile of 7");
  BOOST_TEST(engine.detect("job", "", image, "m.safetensors") == "job masks m.safetensors");
  BOOST_TEST(engine.detect("job", "", image) == "job masks none");
}

BOOST_AUTO_TEST_CASE(gives_layers_report_and_flattened_pixels) {
  auto engine = sdk::Engine::create(sdk::ModuleSet());
  const sdk::Result result = engine.detail("job", "", image);
  const auto layers = result.layers();
  BOOST_REQUIRE(layers.size() == 2U);
  BOOST_TEST(layers[0].id == 7);
  BOOST_TEST(layers[1].status == BURIN_LAYER_FAILED);
  BOOST_TEST(result.report() == "report of job");
  result.flatten(*view.dl());
  BOOST_TEST(pixels[0] == 99);
  BOOST_TEST(status_of([&] { result.layer(2); }) == BURIN_E_INVALID);
}

BOOST_AUTO_TEST_CASE(frees_all_and_keeps_what_a_result_needs) {
  std::optional<sdk::Result> result;
  auto witness = sdk::Engine::create(sdk::ModuleSet());
  BOOST_TEST(alive(witness) == "alive 1");
  {
    auto engine = sdk::Engine::create(sdk::ModuleSet());
    result = engine.detail("job", "", image);
    auto moved = std::move(engine);
    BOOST_TEST(moved.complete_job("{}") == "{} in none");
  }
  BOOST_TEST(alive(witness) == "alive 3");
  BOOST_TEST(result->report() == "report of job");
  result.reset();
  BOOST_TEST(alive(witness) == "alive 1");
}

BOOST_AUTO_TEST_CASE(turns_statuses_into_exceptions_with_the_sentence) {
  sdk::ModuleSet modules;
  sdk::EngineOptions options;
  options.device = "abacus";
  try {
    sdk::Engine::create(modules, options);
    BOOST_ERROR("an engine on an abacus was made");
  } catch (const sdk::Error& error) {
    BOOST_TEST(error.status() == BURIN_E_UNSUPPORTED);
    BOOST_TEST(std::string(error.what()) == "There is no abacus.");
    BOOST_TEST(!error.cancelled());
  }
  auto engine = sdk::Engine::create(modules);
  BOOST_TEST(status_of([&] { engine.complete_job(""); }) == BURIN_E_JOB);
  // A module that says nothing: the status speaks, not an older sentence.
  try {
    engine.detail("job", "", image).layer(5);
  } catch (const sdk::Error& error) {
    BOOST_TEST(std::string(error.what()) == "invalid argument");
  }
}

BOOST_AUTO_TEST_CASE(tells_progress_and_stops_when_asked) {
  auto engine = sdk::Engine::create(sdk::ModuleSet());
  std::vector<double> fractions;
  sdk::RunCallbacks callbacks;
  callbacks.progress = [&](const sdk::Progress& progress) {
    BOOST_TEST(progress.stage == "sample");
    BOOST_TEST(progress.text == "a step");
    BOOST_TEST(progress.seconds_left == 4 - 4 * progress.fraction);
    fractions.push_back(progress.fraction);
  };
  engine.detail("job", "", image, callbacks);
  BOOST_TEST(fractions == std::vector<double>({0, 0.25, 0.5, 0.75}),
             boost::test_tools::per_element());

  callbacks.cancelled = [&] { return fractions.size() >= 6; };
  try {
    engine.plan("job", "", image, callbacks);
    BOOST_ERROR("a cancelled plan returned");
  } catch (const sdk::Error& error) {
    BOOST_TEST(error.cancelled());
  }
  BOOST_TEST(fractions.size() == 6U);
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_callback_stops_the_call_and_comes_out) {
  auto engine = sdk::Engine::create(sdk::ModuleSet());
  sdk::RunCallbacks callbacks;
  int told = 0;
  callbacks.progress = [&](const sdk::Progress&) {
    ++told;
    throw std::out_of_range("mine");
  };
  BOOST_CHECK_THROW(engine.detail("job", "", image, callbacks), std::out_of_range);
  BOOST_TEST(told == 1);
  // Thrown at the last report, when the call itself goes well.
  callbacks.progress = [&](const sdk::Progress& p) {
    if (p.fraction == 0.75) throw std::out_of_range("mine");
  };
  BOOST_CHECK_THROW(engine.detail("job", "", image, callbacks), std::out_of_range);
  BOOST_CHECK_THROW(engine.plan("job", "", image, callbacks), std::out_of_range);
  BOOST_TEST(alive(engine) == "alive 1");
}

BOOST_AUTO_TEST_CASE(reads_images_through_the_program) {
  sdk::ModuleSetOptions options;
  options.read_image = [](const std::string& path) -> sdk::PixelBuffer {
    if (path == "missing") throw sdk::Error(BURIN_E_NOT_FOUND, "no file of that name");
    if (path == "huge") throw std::bad_alloc();
    if (path == "odd") throw 1;
    if (path == "wrong") return {std::vector<std::byte>(5), sdk::PixelType::u8, 2, 2, 3};
    return {std::vector<std::byte>(2 * 3 * 4 * 2, std::byte{9}), sdk::PixelType::u16, 2, 3, 4};
  };
  auto engine = sdk::Engine::create(sdk::ModuleSet(options));
  BOOST_TEST(engine.describe_model("picture") == "2x3x4 of 16 bits, first 9");
  BOOST_TEST(status_of([&] { engine.describe_model("missing"); }) == BURIN_E_NOT_FOUND);
  BOOST_TEST(status_of([&] { engine.describe_model("huge"); }) == BURIN_E_MEMORY);
  BOOST_TEST(status_of([&] { engine.describe_model("odd"); }) == BURIN_E_INTERNAL);
  BOOST_TEST(status_of([&] { engine.describe_model("wrong"); }) == BURIN_E_INVALID);
  try {
    engine.describe_model("missing");
  } catch (const sdk::Error& error) {
    BOOST_TEST(std::string(error.what()) == "reading: no file of that name");
  }
  auto blind = sdk::Engine::create(sdk::ModuleSet());
  BOOST_TEST(status_of([&] { blind.describe_model("picture"); }) == BURIN_E_UNSUPPORTED);
}

BOOST_AUTO_TEST_SUITE_END()
