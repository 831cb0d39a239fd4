// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The cascade detector, on a cascade of one stage that fires where the left half of a window is
// brighter than the right one.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "burin/cpp/detector.hpp"
#include "burin/ext/params.h"

using namespace burin;
namespace fs = std::filesystem;

namespace {

constexpr const char* cascade_xml = R"(<?xml version="1.0"?>
<opencv_storage><cascade type_id="opencv-cascade-classifier"><stageType>BOOST</stageType>
<featureType>HAAR</featureType><height>16</height><width>16</width>
<stageParams><maxWeakCount>1</maxWeakCount></stageParams>
<featureParams><maxCatCount>0</maxCatCount></featureParams><stageNum>1</stageNum>
<stages><_><maxWeakCount>1</maxWeakCount><stageThreshold>0.5</stageThreshold>
<weakClassifiers><_><internalNodes>0 -1 0 0.6</internalNodes><leafValues>0. 1.</leafValues></_>
</weakClassifiers></_></stages>
<features><_><rects><_>0 0 16 16 -1.</_><_>0 0 8 16 2.</_></rects><tilted>0</tilted></_></features>
</cascade></opencv_storage>
)";

sdk::ModuleSet& modules() {
  static sdk::ModuleSet set;
  return set;
}

struct Files {
  fs::path folder = fs::temp_directory_path() / "burin-haar-tests";
  std::string cascade = (folder / "edge.xml").string();
  Files() {
    fs::create_directories(folder);
    std::ofstream(cascade) << cascade_xml;
    std::ofstream(folder / "broken.xml") << "<?xml version=\"1.0\"?><opencv_storage><cascade>";
    std::ofstream(folder / "text.xml") << "no XML at all";
  }
  ~Files() { fs::remove_all(folder); }
};

class Haar {
 public:
  Haar() : api_(modules().find<burin_detector>(BURIN_DETECTOR_ID, "haar").api) {
    BOOST_REQUIRE(api_->create(modules().host(), nullptr, &self_) == BURIN_OK);
    const void* params = nullptr;
    BOOST_REQUIRE(burin_loader_extension(modules().loader(), BURIN_DETECTOR_ID, "haar",
                                         BURIN_PARAMS_ID, &params) == BURIN_OK);
    params_ = static_cast<const burin_params*>(params);
  }
  Haar(const Haar&) = delete;
  Haar& operator=(const Haar&) = delete;
  ~Haar() { api_->destroy(self_); }

  burin_status set(const char* id, burin_param_type type, const std::string& text) {
    const burin_param_value value = {sizeof(value), type, 0, text.c_str()};
    return params_->set(self_, id, &value);
  }
  // In a black picture of 120 x 90 with a white bar of 20 x 20 at (30, 40).
  burin_status detect(double threshold, std::vector<sdk::Detection>* found, double min_size = 0,
                      const burin_run* run = nullptr) {
    std::vector<uint8_t> rgb(90 * 120 * 3);
    for (int y = 40; y < 60; ++y) {
      for (int x = 3 * 30; x < 3 * 50; ++x) rgb[static_cast<size_t>(y * 360 + x)] = 255;
    }
    const sdk::TensorView view(rgb.data(), sdk::PixelType::u8, 90, 120, 3);
    const burin_detector_options options = {sizeof(options), threshold, min_size};
    burin_detections out = {};
    out.struct_size = sizeof(out);
    const burin_status status = api_->detect(self_, view.dl(), &options, run, &out);
    for (size_t i = 0; found && i < out.count; ++i) {
      const burin_detection& d = out.items[i];
      found->push_back({d.x1, d.y1, d.x2, d.y2, d.confidence, d.label, {}, {}});
    }
    if (out.release) out.release(&out);
    return status;
  }

 private:
  const burin_detector* api_;
  const burin_params* params_ = nullptr;
  void* self_ = nullptr;
};

bool says(const std::string& text) {
  return std::string(burin_last_error()).find(text) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(haar, Files)

BOOST_AUTO_TEST_CASE(finds_the_edge_it_was_made_for) {
  Haar detector;
  BOOST_REQUIRE(detector.set("cascade", BURIN_PARAM_PATH, cascade) == BURIN_OK);
  BOOST_REQUIRE(detector.set("label", BURIN_PARAM_TEXT, "edge") == BURIN_OK);
  std::vector<sdk::Detection> found;
  BOOST_REQUIRE_MESSAGE(detector.detect(0.5, &found) == BURIN_OK, burin_last_error());
  BOOST_REQUIRE(!found.empty());
  // The bar's right edge, at x = 50, runs through the middle of the best window.
  BOOST_TEST(std::abs((found[0].x1 + found[0].x2) / 2 - 50) < 12);
  BOOST_TEST((found[0].y1 < 60 && found[0].y2 > 40));
  double before = 1;
  for (const auto& d : found) {
    BOOST_TEST(d.label == "edge");
    BOOST_TEST(d.confidence >= 0.5);
    BOOST_TEST(d.confidence <= before);
    before = d.confidence;
  }
}

BOOST_AUTO_TEST_CASE(a_higher_threshold_asks_for_more_windows_at_one_place) {
  Haar detector;
  detector.set("cascade", BURIN_PARAM_PATH, cascade);
  std::vector<sdk::Detection> few, many;
  BOOST_REQUIRE(detector.detect(0.9, &few) == BURIN_OK);
  BOOST_REQUIRE(detector.detect(0.1, &many) == BURIN_OK);
  BOOST_TEST(few.size() <= many.size());
  for (const auto& d : few) BOOST_TEST(d.confidence >= 0.9);
  few.clear();
  BOOST_REQUIRE(detector.detect(1, &few) == BURIN_OK);
  BOOST_TEST(few.empty());
  BOOST_REQUIRE(detector.detect(0.5, &few, 40) == BURIN_OK);
  for (const auto& d : few) BOOST_TEST(std::min(d.x2 - d.x1, d.y2 - d.y1) >= 36);
}

BOOST_AUTO_TEST_CASE(stops_between_scales) {
  Haar detector;
  detector.set("cascade", BURIN_PARAM_PATH, cascade);
  burin_run run = {};
  run.struct_size = sizeof(run);
  int asked = 0;
  run.ctx = &asked;
  run.cancelled = [](void* ctx) -> int32_t { return ++*static_cast<int*>(ctx) == 4; };
  BOOST_TEST(detector.detect(0.5, nullptr, 0, &run) == BURIN_E_CANCELLED);
  BOOST_TEST(asked == 4);
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_with_a_cascade) {
  Haar detector;
  detector.set("cascade", BURIN_PARAM_PATH, "/nowhere/face.xml");
  BOOST_TEST(detector.detect(0.5, nullptr) == BURIN_E_NOT_FOUND);
  BOOST_TEST(says("/nowhere/face.xml"));
  for (const char* name : {"broken.xml", "text.xml"}) {
    detector.set("cascade", BURIN_PARAM_PATH, (folder / name).string());
    BOOST_TEST(detector.detect(0.5, nullptr) == BURIN_E_MODEL);
    BOOST_TEST(says(name));
  }
  detector.set("cascade", BURIN_PARAM_PATH, cascade);
  BOOST_TEST(detector.detect(0.5, nullptr) == BURIN_OK);
}

BOOST_AUTO_TEST_SUITE_END()
