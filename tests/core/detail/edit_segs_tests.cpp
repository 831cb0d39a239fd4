// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// SEGS of jobs that need no picture: read, changed, stored, turned into masks.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "engine/engine.hpp"
#include "support/engine_host.hpp"
#include "support/expect_error.hpp"

namespace burin::test {
namespace {

using core::Engine;
using nlohmann::json;
namespace fs = std::filesystem;

struct Bench {
  fs::path folder = fs::path(BURIN_BUILD_DIR) / "edit-segs";
  Engine engine{engine_host(), nullptr};
  core::Run run;

  Bench() {
    fs::remove_all(folder);
    fs::create_directories(folder);
    cv::Mat selection = cv::Mat::zeros(60, 80, CV_8U);
    selection(cv::Rect(10, 10, 20, 20)) = 255;
    selection(cv::Rect(50, 30, 16, 20)) = 128;
    cv::imwrite((folder / "selection.png").string(), selection);
  }
  json edit(const json& job, cv::Size size = {}, const char* masks = nullptr) {
    const std::string path = masks ? (folder / masks).string() : "";
    return json::parse(engine.edit_segs(job.dump().c_str(), folder.c_str(), size,
                                        masks ? path.c_str() : nullptr, run));
  }
  cv::Mat mask(const json& job, cv::Size size = {}) {
    return engine.segs_mask(job.dump().c_str(), folder.c_str(), size, run);
  }
  std::string refusal(const json& job, cv::Size size = {}) {
    return sentence_of(BURIN_E_JOB, [&] { edit(job, size); });
  }
};

const json kSelection = {{"selection", {{"file", "selection.png"}, {"drop_size", 4}}}};

}  // namespace

BOOST_AUTO_TEST_SUITE(edit_segs)

BOOST_AUTO_TEST_CASE(a_mask_becomes_segs_becomes_a_mask) {
  Bench bench;
  const json segs = bench.edit(kSelection, {}, "found.masks.safetensors");
  BOOST_TEST(segs["width"] == 80);
  BOOST_TEST(segs["height"] == 60);
  BOOST_REQUIRE(segs["segs"].size() == 2U);
  std::ofstream(bench.folder / "found.json") << segs.dump();
  const cv::Mat stored = bench.mask({{"segs", "found.json"}});
  const cv::Mat selection =
      cv::imread((bench.folder / "selection.png").string(), cv::IMREAD_GRAYSCALE);
  cv::Mat expected;
  selection.convertTo(expected, CV_32F, 1 / 255.);
  BOOST_TEST(cv::norm(stored, expected, cv::NORM_INF) < 1e-6);
  BOOST_TEST(cv::norm(bench.mask(kSelection), expected, cv::NORM_INF) < 1e-6);
}

BOOST_AUTO_TEST_CASE(filters_and_only_are_applied) {
  Bench bench;
  json job = kSelection;
  job["filters"] = {{{"order", {{"target", "area"}, {"take_count", 1}}}}};
  const json largest = bench.edit(job);
  BOOST_REQUIRE(largest["segs"].size() == 1U);
  BOOST_TEST(largest["segs"][0]["bbox"][0] == 10);
  json only = kSelection;
  only["only"] = json::array({largest["segs"][0]["id"]});
  BOOST_TEST(bench.edit(only)["segs"] == largest["segs"]);
  BOOST_TEST(cv::countNonZero(bench.mask(only)) == 400);
}

BOOST_AUTO_TEST_CASE(a_list_needs_the_size_of_its_picture) {
  Bench bench;
  const json job = {{"segs", {{{"bbox", {2, 3, 12, 13}}, {"crop_region", {0, 0, 20, 20}}}}}};
  BOOST_TEST(bench.edit(job, {40, 30})["width"] == 40);
  BOOST_TEST(cv::countNonZero(bench.mask(job, {40, 30})) == 100);
  BOOST_TEST(holds(bench.refusal(job), "does not say how large the picture is"));
  BOOST_TEST(holds(bench.refusal(job, {10, 10}), "picture"));
}

BOOST_AUTO_TEST_CASE(what_would_have_to_be_detected_is_refused) {
  Bench bench;
  BOOST_TEST(holds(bench.refusal(json::object()), "without the picture nothing can be detected"));
  std::ofstream(bench.folder / "broken.json") << R"({"burin_segs": 1, "width": 8)";
  BOOST_TEST(holds(bench.refusal({{"segs", "broken.json"}}), "broken.json"));
  std::ofstream(bench.folder / "other.json")
      << R"({"burin_segs":1,"width":9,"height":9,"segs":[]})";
  BOOST_TEST(holds(bench.refusal({{"segs", "other.json"}}, {8, 8}), "9"));
  BOOST_TEST(bench.edit({{"segs", "other.json"}})["segs"].empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
