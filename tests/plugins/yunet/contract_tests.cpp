// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The detector role's contract: layouts, refusals, cancel, progress, repeatability.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "pictures.hpp"

using namespace burin;
using namespace burin::test;

namespace {

// A tensor over any bytes with every field open to be set wrong.
struct LooseTensor {
  std::vector<int64_t> shape, strides;
  DLTensor dl = {};
  LooseTensor(void* pixels, std::vector<int64_t> s, std::vector<int64_t> t = {})
      : shape(std::move(s)), strides(std::move(t)) {
    dl.data = pixels;
    dl.device = {kDLCPU, 0};
    dl.ndim = static_cast<int>(shape.size());
    dl.dtype = {kDLUInt, 8, 1};
    dl.shape = shape.data();
    dl.strides = strides.empty() ? nullptr : strides.data();
  }
};

std::string refusal(const std::function<void()>& call, burin_status expected) {
  try {
    call();
  } catch (const sdk::Error& error) {
    BOOST_TEST(error.status() == expected);
    return error.what();
  }
  return "not refused";
}

std::vector<double> numbers(const std::vector<sdk::Detection>& found) {
  std::vector<double> all;
  for (const auto& f : found) {
    all.insert(all.end(), {f.x1, f.y1, f.x2, f.y2, f.confidence});
    for (const auto& point : f.landmarks) all.insert(all.end(), {point.x, point.y});
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(yunet_contract)

BOOST_AUTO_TEST_CASE(answers_alike_whatever_the_strides) {
  const cv::Mat picture = demo_picture("astronaut.png");
  const auto expected = numbers(faces_in(picture));
  BOOST_REQUIRE(!expected.empty());
  const int64_t height = picture.rows, width = picture.cols;

  cv::Mat padded(picture.rows + 2, picture.cols + 9, CV_8UC3, cv::Scalar::all(255));
  picture.copyTo(padded(cv::Rect(4, 1, picture.cols, picture.rows)));
  LooseTensor window(padded.data, {height, width, 3}, {static_cast<int64_t>(padded.step), 3, 1});
  window.dl.byte_offset = padded.step + 4 * 3;
  BOOST_TEST(numbers(detector().detect(&window.dl)) == expected, boost::test_tools::per_element());

  std::vector<cv::Mat> planes;
  cv::split(picture, planes);
  cv::Mat planar;
  cv::vconcat(planes, planar);
  LooseTensor chw(planar.data, {height, width, 3}, {width, 1, height * width});
  BOOST_TEST(numbers(detector().detect(&chw.dl)) == expected, boost::test_tools::per_element());

  cv::Mat bottom_up;
  cv::flip(picture, bottom_up, 0);
  LooseTensor flipped(bottom_up.ptr(picture.rows - 1), {height, width, 3}, {-width * 3, 3, 1});
  BOOST_TEST(numbers(detector().detect(&flipped.dl)) == expected, boost::test_tools::per_element());

  LooseTensor packed(const_cast<uint8_t*>(picture.data), {height, width, 3});
  BOOST_TEST(numbers(detector().detect(&packed.dl)) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(answers_the_same_every_time_and_leaves_the_picture_alone) {
  const cv::Mat picture = demo_picture("team.jpg"), before = picture.clone();
  const auto first = numbers(faces_in(picture, {0.1, 0}));
  BOOST_TEST(numbers(faces_in(picture, {0.1, 0})) == first, boost::test_tools::per_element());
  BOOST_TEST(cv::norm(picture, before, cv::NORM_INF) == 0);
  auto another = sdk::Detector::create(modules(), "yunet");
  const sdk::TensorView view(picture.data, sdk::PixelType::u8, picture.rows, picture.cols, 3);
  BOOST_TEST(numbers(another.detect(view.dl(), {0.1, 0})) == first,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_picture_and_says_what_came) {
  uint8_t pixels[4 * 4 * 4] = {};
  const auto said = [](LooseTensor& tensor) {
    return refusal([&] { detector().detect(&tensor.dl); }, BURIN_E_INVALID);
  };
  BOOST_TEST(refusal([] { detector().detect(nullptr); }, BURIN_E_INVALID).find("NULL") !=
             std::string::npos);

  LooseTensor rgba(pixels, {4, 4, 4});
  BOOST_TEST(said(rgba).find("[4, 4, 4]") != std::string::npos);
  LooseTensor empty(pixels, {0, 4, 3});
  BOOST_TEST(said(empty).find("[0, 4, 3]") != std::string::npos);
  LooseTensor negative(pixels, {4, -1, 3});
  BOOST_TEST(said(negative).find("[4, -1, 3]") != std::string::npos);
  LooseTensor flat(pixels, {4, 4});
  BOOST_TEST(said(flat).find("2 dimensions") != std::string::npos);
  LooseTensor wide(pixels, {2, 2, 3});
  wide.dl.dtype = {kDLFloat, 32, 1};
  BOOST_TEST(said(wide).find("32 bits") != std::string::npos);
  LooseTensor lanes(pixels, {2, 2, 3});
  lanes.dl.dtype.lanes = 3;
  BOOST_TEST(said(lanes).find("dtype") != std::string::npos);
  LooseTensor elsewhere(pixels, {2, 2, 3});
  elsewhere.dl.device.device_type = kDLCUDA;
  BOOST_TEST(said(elsewhere).find("device type 2") != std::string::npos);
  LooseTensor nothing(nullptr, {2, 2, 3});
  BOOST_TEST(said(nothing).find("no data") != std::string::npos);
  LooseTensor shapeless(pixels, {2, 2, 3});
  shapeless.dl.shape = nullptr;
  BOOST_TEST(said(shapeless).find("no shape") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(refuses_options_out_of_range) {
  const cv::Mat picture(8, 8, CV_8UC3, cv::Scalar::all(0));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const sdk::DetectOptions wrong :
       {sdk::DetectOptions{-0.1, 0}, {1.1, 0}, {nan, 0}, {0.5, -1}, {0.5, nan}, {0.5, infinity}}) {
    BOOST_TEST(refusal([&] { faces_in(picture, wrong); }, BURIN_E_INVALID).find("expected") !=
               std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(leaves_the_result_alone_when_it_refuses) {
  const auto found = modules().find<burin_detector>(BURIN_DETECTOR_ID, "yunet");
  void* self = nullptr;
  BOOST_REQUIRE(found.api->create(modules().host(), found.data_dir->c_str(), &self) == BURIN_OK);
  burin_detections out = {};
  out.struct_size = sizeof(out);
  out.count = 77;
  BOOST_TEST(found.api->detect(self, nullptr, nullptr, nullptr, &out) == BURIN_E_INVALID);
  BOOST_TEST(out.count == 77U);
  BOOST_TEST(out.items == nullptr);
  BOOST_TEST(found.api->detect(nullptr, nullptr, nullptr, nullptr, &out) == BURIN_E_INVALID);
  uint8_t pixel[3] = {};
  LooseTensor one(pixel, {1, 1, 3});
  BOOST_TEST(found.api->detect(self, &one.dl, nullptr, nullptr, nullptr) == BURIN_E_INVALID);
  // Options and run may be left out, and a result may be released twice.
  BOOST_TEST(found.api->detect(self, &one.dl, nullptr, nullptr, &out) == BURIN_OK);
  BOOST_TEST(out.count == 0U);
  out.release(&out);
  out.release(&out);
  found.api->destroy(self);
  found.api->destroy(nullptr);
}

BOOST_AUTO_TEST_CASE(stops_at_every_point_where_it_asks) {
  const cv::Mat picture = demo_picture("team.jpg");
  int asked = 0;
  faces_in(picture, {}, {[&] { return ++asked, false; }, {}});
  BOOST_REQUIRE(asked >= 2);
  for (int stop_at = 1; stop_at <= asked; ++stop_at) {
    int now = 0;
    BOOST_TEST(refusal(
                   [&] {
                     faces_in(picture, {}, {[&] { return ++now == stop_at; }, {}});
                   },
                   BURIN_E_CANCELLED)
                   .find("cancelled") != std::string::npos);
    BOOST_TEST(now == stop_at);
  }
  BOOST_TEST(faces_in(picture).size() == 6U);
}

BOOST_AUTO_TEST_CASE(reports_progress_from_start_to_end) {
  std::vector<double> fractions;
  faces_in(demo_picture("team.jpg"), {}, {{}, [&](const sdk::Progress& progress) {
                                            BOOST_TEST(progress.stage == "detect");
                                            BOOST_TEST(!progress.text.empty());
                                            fractions.push_back(progress.fraction);
                                          }});
  BOOST_REQUIRE(!fractions.empty());
  BOOST_TEST(std::is_sorted(fractions.begin(), fractions.end()));
  BOOST_TEST((fractions.front() > 0 && fractions.back() <= 1));
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_callback_comes_out_of_the_call) {
  const cv::Mat picture = demo_picture("astronaut.png");
  const auto thrower = [](const sdk::Progress&) { throw std::logic_error("mine"); };
  BOOST_CHECK_THROW(faces_in(picture, {}, {{}, thrower}), std::logic_error);
  BOOST_CHECK_THROW(faces_in(picture, {}, {[]() -> bool { throw std::logic_error("mine"); }, {}}),
                    std::logic_error);
}

BOOST_AUTO_TEST_CASE(says_which_model_file_is_missing_or_broken) {
  const auto found = modules().find<burin_detector>(BURIN_DETECTOR_ID, "yunet");
  const auto said = [&](const char* data_dir, burin_status expected) {
    void* self = nullptr;
    const burin_status status = found.api->create(modules().host(), data_dir, &self);
    BOOST_TEST(status == expected);
    BOOST_TEST(self == nullptr);
    return std::string(burin_last_error());
  };
  BOOST_TEST(said(nullptr, BURIN_E_NOT_FOUND).find("no data folder") != std::string::npos);
  BOOST_TEST(said("/nowhere", BURIN_E_NOT_FOUND).find("/nowhere/yunet") != std::string::npos);

  const auto folder = std::filesystem::temp_directory_path() / "burin-broken-yunet";
  std::filesystem::create_directories(folder / "yunet");
  std::ofstream(folder / "yunet/yunet_n_320_320.onnx") << "this is no network";
  BOOST_TEST(said(folder.c_str(), BURIN_E_MODEL).find("yunet_n_320_320.onnx") != std::string::npos);
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(refuses_a_host_of_another_abi) {
  const auto found = modules().find<burin_detector>(BURIN_DETECTOR_ID, "yunet");
  burin_host other = *modules().host();
  other.abi.major = BURIN_ABI_MAJOR + 1;
  void* self = nullptr;
  BOOST_TEST(found.api->create(&other, found.data_dir->c_str(), &self) == BURIN_E_UNSUPPORTED);
  BOOST_TEST(std::string(burin_last_error()).find("ABI 2") != std::string::npos);
  BOOST_TEST(found.api->create(nullptr, nullptr, &self) == BURIN_E_INVALID);
}

BOOST_AUTO_TEST_SUITE_END()
