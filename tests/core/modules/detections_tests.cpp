// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a detector found is taken over or refused with a sentence.
#include "modules/detections.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "runtime/error.hpp"

using namespace burin;
using namespace burin::core;

namespace {

constexpr int height = 4, width = 6;

struct Answer {
  std::vector<float> values = std::vector<float>(height * width, 0.5F);
  int64_t shape[2] = {height, width};
  int64_t strides[2] = {width, 1};
  DLTensor mask = {};
  double landmarks[4] = {1, 2, 3, 4};
  burin_detection item = {sizeof item, -1, 0.5, 3, 4, 0.75, "face", 2, landmarks, &mask};

  Answer() {
    mask.data = values.data();
    mask.device = {kDLCPU, 0};
    mask.ndim = 2;
    mask.dtype = {kDLFloat, 32, 1};
    mask.shape = shape;
  }
  std::vector<Detection> taken(size_t count = 1) const {
    const burin_host host = {sizeof host};
    const burin_detections found = {sizeof found, nullptr, nullptr, count, &item};
    return detections_of(found, {width, height}, ModuleCall(&host, "The detector 'x'"));
  }
  std::string refusal(size_t count = 1) const {
    try {
      taken(count);
    } catch (const Error& error) {
      BOOST_TEST(error.status() == BURIN_E_INTERNAL);
      return error.what();
    }
    return "";
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(detections)

BOOST_AUTO_TEST_CASE(everything_of_a_detection_is_copied) {
  Answer answer;
  answer.values[5] = 1;
  const auto taken = answer.taken();
  BOOST_REQUIRE(taken.size() == 1U);
  BOOST_TEST(taken[0].box.x1 == -1);
  BOOST_TEST(taken[0].confidence == 0.75);
  BOOST_TEST(taken[0].label == "face");
  BOOST_REQUIRE(taken[0].landmarks.size() == 2U);
  BOOST_TEST(taken[0].landmarks[1][1] == 4);
  answer.values.assign(answer.values.size(), 0);
  BOOST_TEST(taken[0].mask.at<float>(0, 5) == 1);
  BOOST_TEST(taken[0].mask.at<float>(3, 5) == 0.5);
}

BOOST_AUTO_TEST_CASE(a_mask_may_lie_in_any_order_and_be_missing) {
  Answer answer;
  answer.mask.strides = answer.strides;
  answer.strides[0] = 1;
  answer.strides[1] = height;
  answer.values[1] = 1;  // row 1, column 0
  BOOST_TEST(answer.taken()[0].mask.at<float>(1, 0) == 1);
  answer.item.mask = nullptr;
  BOOST_TEST(answer.taken()[0].mask.empty());
  answer.item.struct_size = offsetof(burin_detection, mask);  // as an older module writes it
  answer.item.mask = &answer.mask;
  BOOST_TEST(answer.taken()[0].mask.empty());
}

BOOST_AUTO_TEST_CASE(what_breaks_the_contract_is_refused_with_a_sentence) {
  const auto expect = [](const char* sentence, const auto& spoil) {
    Answer answer;
    spoil(answer);
    const std::string said = answer.refusal();
    BOOST_TEST(said.find(sentence) != std::string::npos, said);
    BOOST_TEST(said.find("The detector 'x' gave") == 0U, said);
  };
  expect("a mask of 3 x 4 pixels; the picture has 6 x 4", [](Answer& a) { a.shape[1] = 3; });
  expect("a mask of 6 x -4 pixels", [](Answer& a) { a.shape[0] = -height; });
  expect("not float32", [](Answer& a) { a.mask.dtype.bits = 16; });
  expect("not float32", [](Answer& a) { a.mask.data = nullptr; });
  expect("values outside 0..1", [](Answer& a) { a.values[7] = std::nanf(""); });
  expect("values outside 0..1", [](Answer& a) { a.values[7] = -1; });
  expect("edges are not numbers", [](Answer& a) { a.item.y2 = INFINITY; });
  expect("a box of -4", [](Answer& a) { a.item.x2 = -5; });
  expect("the confidence nan", [](Answer& a) { a.item.confidence = NAN; });
  expect("no UTF-8", [](Answer& a) { a.item.label = "\xc3"; });
  expect("2 landmarks at NULL", [](Answer& a) { a.item.landmarks = nullptr; });
  expect("with 8 bytes", [](Answer& a) { a.item.struct_size = 8; });
  BOOST_TEST(Answer().refusal(SIZE_MAX).find("18446744073709551615 detections") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
