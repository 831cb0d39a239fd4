// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Upscalers, preprocessors and blenders that are modules.
#include "modules/picture_modules.hpp"

#include <boost/test/unit_test.hpp>

#include "burin/cpp/tensor.hpp"
#include "burin/role/blender.h"
#include "burin/role/preprocessor.h"
#include "burin/role/upscaler.h"
#include "support/detail_run.hpp"
#include "support/expect_error.hpp"
#include "support/module_host.hpp"

namespace burin::test {
namespace {

using nlohmann::json;

int enlarged_times = 0;
bool too_small = false;

burin_status create(const burin_host*, const char*, void** self) {
  static int instance;
  *self = &instance;
  return BURIN_OK;
}
void destroy(void*) {}

// Each pixel `factor` times, or a picture that is too small.
void give(const DLTensor& rgb, std::int64_t factor, burin_tensor& out) {
  const std::int64_t height = rgb.shape[0] * factor - too_small, width = rgb.shape[1] * factor;
  sdk::PixelBuffer pixels{{}, sdk::PixelType::f32, height, width, 3};
  pixels.bytes.resize(static_cast<std::size_t>(height * width) * 3 * sizeof(float));
  auto* to = reinterpret_cast<float*>(pixels.bytes.data());
  const auto* from = static_cast<const float*>(rgb.data);
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < 3; ++c)
        *to++ = from[((y / factor) * rgb.shape[1] + x / factor) * 3 + c];
  sdk::hand_over(std::move(pixels), out);
}

burin_status factor(void*, std::uint32_t* out) {
  *out = 2;
  return BURIN_OK;
}
burin_status upscale(void*, const DLTensor* rgb, const burin_upscaler_options*, const burin_run*,
                     burin_tensor* out) {
  ++enlarged_times;
  give(*rgb, 2, *out);
  return BURIN_OK;
}
burin_status process(void*, const DLTensor* rgb, const burin_run*, burin_tensor* out) {
  give(*rgb, 1, *out);
  return BURIN_OK;
}
const burin_upscaler upscaler_role = {sizeof(burin_upscaler), create, destroy, factor, upscale};
const burin_preprocessor preprocessor_role = {sizeof(burin_preprocessor), create, destroy, process};

// Half of the redrawn crop wherever any is wanted, a grey that would show anywhere else.
burin_status blend(void*, const DLTensor* under, const DLTensor* over, const DLTensor* mask,
                   const burin_run*, burin_tensor* out) {
  give(*under, 1, *out);
  auto* to = static_cast<float*>(out->dl.data);
  const auto* from = static_cast<const float*>(over->data);
  const auto* wanted = static_cast<const float*>(mask->data);
  for (std::int64_t k = 0; k < out->dl.shape[0] * out->dl.shape[1] * 3; ++k)
    to[k] = wanted[k / 3] > 0 ? (to[k] + from[k]) / 2 : 0.5F;
  return BURIN_OK;
}
const burin_blender blender_role = {sizeof(burin_blender), create, destroy, blend};

const burin_host* host() {
  return module_host({{BURIN_UPSCALER_ID, "org.test.twice", &upscaler_role, nullptr},
                      {BURIN_PREPROCESSOR_ID, "org.test.same", &preprocessor_role, nullptr},
                      {BURIN_BLENDER_ID, "org.test.half", &blender_role, nullptr}});
}

Ran run_with(const json& job) {
  RunOptions options;
  options.host = host();
  return run_job(job, three_faces(), options);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(picture_modules)

BOOST_AUTO_TEST_CASE(an_upscaler_is_asked_where_the_model_sees_more_than_there_is) {
  json job = two_faces_job();
  const Ran plain = run_job(job, three_faces());
  job["upscaler"] = {{"id", "org.test.twice"}};
  enlarged_times = 0;
  const Ran with = run_with(job);
  BOOST_TEST(enlarged_times == 2);
  BOOST_TEST(with.report["layers"][0]["status"] == "done");
  const double difference = cv::norm(plain.colours(0), with.colours(0), cv::NORM_INF);
  BOOST_TEST(difference > 1e-3);
  BOOST_TEST(difference < 0.5);
  job["detailer"]["guide_size"] = 8;
  job["detailer"]["force_inpaint"] = true;
  run_with(job);
  BOOST_TEST(enlarged_times == 2);
}

BOOST_AUTO_TEST_CASE(pictures_of_the_wrong_size_are_refused) {
  const core::Run run;
  const cv::Mat picture(5, 7, CV_32FC3, cv::Scalar(0.1, 0.2, 0.3));
  const cv::Mat same = core::preprocess_by_module(host(), {"org.test.same"}, picture, run);
  BOOST_TEST(cv::norm(same, picture, cv::NORM_INF) == 0);
  too_small = true;
  BOOST_TEST(holds(
      sentence_of(BURIN_E_INTERNAL,
                  [&] { core::preprocess_by_module(host(), {"org.test.same"}, picture, run); }),
      "no float32 picture of 7 x 5 pixels"));
  BOOST_TEST(
      holds(sentence_of(BURIN_E_INTERNAL,
                        [&] { core::Upscaler(host(), {"org.test.twice"}).enlarged(picture, run); }),
            "14 x 10"));
  too_small = false;
}

BOOST_AUTO_TEST_CASE(a_blender_lays_the_result_over_the_picture) {
  json job = two_faces_job();
  const Ran plain = run_job(job, three_faces());
  job["paste"] = {{"blender", {{"id", "org.test.half"}}}};
  const Ran with = run_with(job);
  const cv::Mat before = plain.mask(0), after = with.mask(0);
  BOOST_TEST(cv::countNonZero(before) == cv::countNonZero(after));
  BOOST_TEST(cv::countNonZero(after == 1) == cv::countNonZero(after));
  cv::Mat under;
  three_faces()(cv::Rect(with.layers[0].x, with.layers[0].y, after.cols, after.rows))
      .convertTo(under, CV_32F, 1.0 / 255);
  const cv::Mat half = (under + plain.colours(0)) / 2;
  BOOST_TEST(cv::norm(with.colours(0), half, cv::NORM_INF, after > 0) < 1e-5);
  cv::Mat touched(three_faces().size(), CV_8U, cv::Scalar(0));
  for (std::size_t i = 0; i < 2; ++i)
    cv::bitwise_or(
        with.mask(i) > 0,
        touched(cv::Rect(with.layers[i].x, with.layers[i].y, with.mask(i).cols, with.mask(i).rows)),
        touched(
            cv::Rect(with.layers[i].x, with.layers[i].y, with.mask(i).cols, with.mask(i).rows)));
  BOOST_TEST(cv::norm(with.flattened, three_faces(), cv::NORM_INF, touched == 0) == 0);
}

BOOST_AUTO_TEST_CASE(a_blender_that_gives_the_wrong_size_fails_its_segments) {
  json job = two_faces_job();
  job["paste"] = {{"blender", {{"id", "org.test.half"}}}};
  too_small = true;
  const Ran ran = run_with(job);
  too_small = false;
  BOOST_TEST(ran.report["layers"][0]["status"] == "failed");
  BOOST_TEST(holds(ran.report["layers"][1]["message"], "The blender 'org.test.half'"));
  BOOST_TEST(cv::norm(ran.flattened, three_faces(), cv::NORM_INF) == 0);
}

BOOST_AUTO_TEST_CASE(the_reference_knows_no_upscaler_and_no_blender) {
  json job = two_faces_job();
  job["semantics"] = "impact";
  job["upscaler"] = {{"id", "org.test.twice"}};
  BOOST_TEST(holds(sentence_of(BURIN_E_JOB, [&] { run_with(job); }), "expected semantics burin"));
  job.erase("upscaler");
  job["paste"] = {{"blender", {{"id", "org.test.half"}}}};
  BOOST_TEST(holds(sentence_of(BURIN_E_JOB, [&] { run_with(job); }), "job: paste.blender"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
