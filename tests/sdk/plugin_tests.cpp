// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the C++ side gives authors of modules: the barrier, the detector base, tensors, struct
// versions.
#include <boost/test/unit_test.hpp>
#include <cstddef>

#include "burin/cpp/detector.hpp"
#include "burin/cpp/plugin.hpp"
#include "burin/cpp/tensor.hpp"
#include "burin/role/engine.h"
#include "workspace.hpp"

using namespace burin;
using namespace burin::test;

namespace {

// One row of pixels: reds[x], 0, wish.
struct Row {
  std::vector<uint8_t> pixels;
  sdk::TensorView view;
  explicit Row(const std::vector<uint8_t>& reds, uint8_t wish = 0)
      : pixels(make(reds, wish)),
        view(pixels.data(), sdk::PixelType::u8, 1, static_cast<int64_t>(reds.size()), 3) {}
  static std::vector<uint8_t> make(const std::vector<uint8_t>& reds, uint8_t wish) {
    std::vector<uint8_t> all;
    for (const uint8_t red : reds) all.insert(all.end(), {red, 0, wish});
    return all;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(plugin, Workspace)

BOOST_AUTO_TEST_CASE(a_detector_of_thirty_lines_works_and_is_tidied_up_after) {
  LogLines log;
  auto options = log.options();
  options.least_severity = BURIN_LOG_DEBUG;
  sdk::ModuleSet modules(options);
  modules.open(module("stripes"));
  auto detector = sdk::Detector::create(modules, "stripes");
  BOOST_REQUIRE(log.lines.size() == 1U);
  BOOST_TEST(contains(log.lines[0].second, "stripes with data"));

  Row row({10, 200, 0, 250});
  const auto found = detector.detect(row.view.dl(), {0.5, 0});
  BOOST_REQUIRE(found.size() == 2U);
  BOOST_TEST(found[0].confidence == 250 / 255.0);
  BOOST_TEST(found[0].label == "stripe");
  BOOST_TEST((found[0].x1 == 0 && found[0].x2 == 4 && found[0].y1 == 0 && found[0].y2 == 1));
  BOOST_REQUIRE(found[0].landmarks.size() == 1U);
  BOOST_TEST(found[0].landmarks[0].x == 3);
  BOOST_TEST(found[0].mask == std::vector<float>({0, 0, 0, 1}), boost::test_tools::per_element());
  BOOST_TEST(found[1].mask == std::vector<float>({0, 1, 0, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_exception_crosses_the_border) {
  sdk::ModuleSet modules;
  modules.open(module("stripes"));
  auto detector = sdk::Detector::create(modules, "stripes");
  const auto answer = [&](uint8_t wish) {
    Row row({1, 2, 3}, wish);
    try {
      detector.detect(row.view.dl());
    } catch (const sdk::Error& error) {
      return std::make_pair(error.status(), std::string(error.what()));
    }
    return std::make_pair(burin_status(BURIN_OK), std::string());
  };
  BOOST_TEST(answer(0).first == BURIN_OK);
  BOOST_TEST(answer(1).first == BURIN_E_UNSUPPORTED);
  BOOST_TEST(answer(1).second == "stripes of that colour");
  BOOST_TEST(answer(2).first == BURIN_E_INTERNAL);
  BOOST_TEST(answer(2).second == "a stripe snapped");
  BOOST_TEST(answer(3).first == BURIN_E_MEMORY);
  BOOST_TEST(answer(4).first == BURIN_E_INTERNAL);
  BOOST_TEST(!answer(4).second.empty());
}

BOOST_AUTO_TEST_CASE(the_guard_works_without_a_host) {
  BOOST_TEST(sdk::guard(nullptr, [] {}) == BURIN_OK);
  BOOST_TEST(sdk::guard(nullptr, [] { throw sdk::Error(BURIN_E_IO, "x"); }) == BURIN_E_IO);
  BOOST_TEST(sdk::guard(nullptr, [] { throw sdk::Error(BURIN_OK, "x"); }) == BURIN_E_INTERNAL);
}

BOOST_AUTO_TEST_CASE(a_member_beyond_the_writers_size_counts_as_absent) {
  burin_detection item = {};
  item.struct_size = offsetof(burin_detection, mask);
  BOOST_TEST(BURIN_HAS(&item, landmarks));
  BOOST_TEST(!BURIN_HAS(&item, mask));
  item.struct_size = sizeof(item) - 1;
  BOOST_TEST(!BURIN_HAS(&item, mask));
  item.struct_size = sizeof(item);
  BOOST_TEST(BURIN_HAS(&item, mask));
  item.struct_size = 100000;
  BOOST_TEST(BURIN_HAS(&item, mask));
}

BOOST_AUTO_TEST_CASE(views_describe_pixels_and_buffers_are_released_once) {
  std::vector<uint16_t> pixels(100);
  const sdk::TensorView view(pixels.data(), sdk::PixelType::u16, 4, 5, 3, 40);
  BOOST_TEST(view.dl()->strides[0] == 20);
  BOOST_TEST(view.dl()->dtype.code == kDLUInt);
  BOOST_TEST(view.dl()->dtype.bits == 16);
  BOOST_CHECK_THROW(sdk::TensorView(pixels.data(), sdk::PixelType::f32, 4, 5, 3, 42), sdk::Error);

  burin_tensor tensor = {};
  sdk::hand_over({std::vector<std::byte>(24), sdk::PixelType::f32, 1, 2, 3}, tensor);
  BOOST_TEST(tensor.dl.dtype.code == kDLFloat);
  BOOST_TEST(tensor.dl.shape[1] == 2);
  tensor.release(&tensor);
  BOOST_TEST(tensor.dl.data == nullptr);
  tensor.release(&tensor);
  tensor.release(nullptr);
  BOOST_CHECK_THROW(
      sdk::hand_over({std::vector<std::byte>(23), sdk::PixelType::f32, 1, 2, 3}, tensor),
      sdk::Error);
}

BOOST_AUTO_TEST_CASE(every_status_has_a_name) {
  for (burin_status status = BURIN_OK; status <= BURIN_E_IMAGE; ++status) {
    BOOST_TEST(std::string(sdk::status_name(status)) != "unknown status");
  }
  BOOST_TEST(std::string(sdk::status_name(99)) == "unknown status");
}

BOOST_AUTO_TEST_SUITE_END()

// What modules built against the first revision rely on, on 64-bit machines. Never change one; only
// append.
static_assert(offsetof(burin_host, abi) == 4 && offsetof(burin_host, name) == 16 &&
              offsetof(burin_host, ctx) == 32 && offsetof(burin_host, get_interface) == 40 &&
              offsetof(burin_host, set_error) == 48 && offsetof(burin_host, last_error) == 56);
static_assert(offsetof(burin_plugin_entry, abi) == 4 && offsetof(burin_plugin_entry, init) == 16 &&
              offsetof(burin_plugin_entry, get_interface) == 48);
static_assert(offsetof(burin_descriptor, id) == 8 && offsetof(burin_descriptor, cuda) == 64);
static_assert(offsetof(burin_tensor, release) == 16 && offsetof(burin_tensor, dl) == 24);
static_assert(offsetof(burin_run, cancelled) == 16 && offsetof(burin_run, progress) == 24);
static_assert(offsetof(burin_progress, fraction) == 8 && offsetof(burin_progress, text) == 32);
static_assert(offsetof(burin_detection, x1) == 8 && offsetof(burin_detection, label) == 48 &&
              offsetof(burin_detection, mask) == 72);
static_assert(offsetof(burin_detections, release) == 16 && offsetof(burin_detections, items) == 32);
static_assert(offsetof(burin_detector, create) == 8 && offsetof(burin_detector, detect) == 24);
static_assert(offsetof(burin_engine, create) == 8 && offsetof(burin_engine, destroy) == 16);
static_assert(offsetof(burin_image, pixels) == 8 && offsetof(burin_image, icc_size) == 24);
