// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Segmenters that are modules: what they are told, and what is taken from their answers.
#include "modules/segmenter.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <optional>
#include <vector>

#include "burin/role/detector.h"
#include "burin/role/segmenter.h"
#include "engine/sources.hpp"
#include "segs/make_segs.hpp"
#include "support/detail_run.hpp"
#include "support/expect_error.hpp"
#include "support/module_host.hpp"

namespace burin::test {
namespace {

using core::Segs;

// What the module was told last.
struct Told {
  std::vector<burin_segment_prompt> prompts;
  std::vector<std::vector<burin_segment_point>> points;
  std::vector<std::string> texts;
  std::optional<double> threshold;
  double mask_sum = -1;
} told;

// What it answers: one rectangle for every prompt.
struct Answer {
  std::int32_t x = 0, y = 0;
  std::vector<float> values;
  std::int64_t shape[2] = {0, 0};
  bool found = true;
  std::size_t too_few = 0;
} answer;

struct Given {
  std::vector<burin_segment> items;
  DLTensor mask;
};
int released = 0;

burin_status create(const burin_host*, const char*, void** self) {
  static int instance;
  *self = &instance;
  return BURIN_OK;
}
void destroy(void*) {}

void release(burin_segments* segments) {
  if (segments == nullptr || segments->release == nullptr) return;
  delete static_cast<Given*>(segments->ctx);
  *segments = {};
  ++released;
}

burin_status segment(void*, const DLTensor*, const burin_segment_prompt* const* prompts,
                     std::size_t count, const burin_segmenter_options* options, const burin_run*,
                     burin_segments* out) {
  told = {};
  for (std::size_t i = 0; i < count; ++i) {
    const burin_segment_prompt& prompt = *prompts[i];
    told.prompts.push_back(prompt);
    told.points.emplace_back(prompt.points, prompt.points + prompt.point_count);
    told.texts.emplace_back(prompt.text ? prompt.text : "");
    if (prompt.mask != nullptr) {
      told.mask_sum = 0;
      for (std::int64_t k = 0; k < prompt.mask->shape[0] * prompt.mask->shape[1]; ++k)
        told.mask_sum += static_cast<const float*>(prompt.mask->data)[k];
    }
  }
  if (options) told.threshold = options->threshold;
  auto* given = new Given{};
  given->mask.data = answer.values.data();
  given->mask.device = {kDLCPU, 0};
  given->mask.ndim = 2;
  given->mask.dtype = {kDLFloat, 32, 1};
  given->mask.shape = answer.shape;
  for (std::size_t i = 0; i + answer.too_few < count; ++i)
    given->items.push_back(
        {sizeof(burin_segment), answer.x, answer.y, 0.9, answer.found ? &given->mask : nullptr});
  *out = {sizeof *out, given, release, given->items.size(), given->items.data()};
  return BURIN_OK;
}

burin_segmenter role = {sizeof(burin_segmenter), 0, create, destroy, segment};

burin_status detect(void*, const DLTensor*, const burin_detector_options*, const burin_run*,
                    burin_detections* out) {
  static const burin_detection box = [] {
    burin_detection d{};
    d.struct_size = sizeof d;
    d.x1 = 10;
    d.y1 = 20;
    d.x2 = 40;
    d.y2 = 60;
    d.confidence = 0.9;
    d.label = "face";
    return d;
  }();
  out->count = 1;
  out->items = &box;
  return BURIN_OK;
}
const burin_detector detector_role = {sizeof(burin_detector), create, destroy, detect};

const burin_host* host(std::uint32_t understands) {
  role.understands = understands;
  return module_host({{BURIN_SEGMENTER_ID, "org.test.outline", &role, nullptr},
                      {BURIN_DETECTOR_ID, "org.test.boxes", &detector_role, nullptr}});
}

// A mask of ones, w x h at x, y.
void answer_with(std::int32_t x, std::int32_t y, std::int64_t w, std::int64_t h, float value = 1) {
  answer = {};
  answer.x = x;
  answer.y = y;
  answer.shape[0] = h;
  answer.shape[1] = w;
  answer.values.assign(static_cast<std::size_t>(w * h), value);
}

Segs one_seg() {
  core::Detection found{{10, 20, 40, 60}, 0.9, "face", {{15, 30}, {-4, 30}}, {}};
  core::BoxOptions options;
  options.dilation = 0;
  options.crop_factor = 1.5;
  return core::boxes_to_segs(100, 80, {found}, options);
}

Segs segmented(std::uint32_t understands, int dilation = 0, core::Run* run = nullptr,
               std::optional<double> threshold = {}) {
  static cv::Mat picture(80, 100, CV_8UC3, cv::Scalar(1, 2, 3));
  Segs segs = one_seg();
  core::Run quiet;
  core::SegmenterUse use;
  use.module.id = "org.test.outline";
  use.threshold = threshold;
  core::segment_by_module(host(understands), use, view_of(picture), dilation, segs,
                          run ? *run : quiet);
  return segs;
}

std::string refused(std::uint32_t understands = BURIN_SEGMENT_BY_BOX) {
  return sentence_of(BURIN_E_INTERNAL, [&] { segmented(understands); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(segmenter_modules)

BOOST_AUTO_TEST_CASE(it_is_told_what_it_understands) {
  answer_with(12, 25, 5, 6);
  segmented(BURIN_SEGMENT_BY_BOX | BURIN_SEGMENT_BY_POINTS | BURIN_SEGMENT_BY_MASK |
            BURIN_SEGMENT_BY_TEXT);
  BOOST_REQUIRE(told.prompts.size() == 1);
  BOOST_TEST(told.prompts[0].given ==
             (BURIN_SEGMENT_BY_BOX | BURIN_SEGMENT_BY_POINTS | BURIN_SEGMENT_BY_TEXT));
  BOOST_TEST(told.prompts[0].x1 == 10);
  BOOST_TEST(told.prompts[0].y2 == 60);
  BOOST_REQUIRE(told.points[0].size() == 1);  // the other landmark lies outside the picture
  BOOST_TEST(told.points[0][0].x == 15);
  BOOST_TEST(told.points[0][0].inside == 1);
  BOOST_TEST(told.texts[0] == "face");
  BOOST_TEST(!told.threshold);
  segmented(BURIN_SEGMENT_BY_BOX, 0, nullptr, 0.25);
  BOOST_TEST(told.prompts[0].given == std::uint32_t{BURIN_SEGMENT_BY_BOX});
  BOOST_TEST(told.threshold.value() == 0.25);
  segmented(BURIN_SEGMENT_BY_MASK);
  BOOST_TEST(told.mask_sum == cv::sum(one_seg().segs[0].mask)[0]);
}

BOOST_AUTO_TEST_CASE(its_mask_replaces_the_detectors) {
  const core::Region crop = one_seg().segs[0].crop;
  answer_with(12, 25, 5, 6, 0.5F);
  released = 0;
  const cv::Mat plain = segmented(BURIN_SEGMENT_BY_BOX).segs[0].mask;
  BOOST_TEST(released == 1);
  BOOST_TEST(cv::sum(plain)[0] == 15);
  BOOST_TEST(plain.at<float>(25 - crop.y1, 12 - crop.x1) == 0.5F);
  const cv::Mat grown = segmented(BURIN_SEGMENT_BY_BOX, 3).segs[0].mask;
  BOOST_TEST(cv::sum(grown)[0] == 0.5 * 7 * 8);
  BOOST_TEST((grown.size() == plain.size()));
}

BOOST_AUTO_TEST_CASE(what_lies_outside_the_crop_grows_into_it) {
  const core::Region crop = one_seg().segs[0].crop;
  answer_with(crop.x2 + 1, crop.y1, 2, 4);
  BOOST_TEST(cv::sum(segmented(BURIN_SEGMENT_BY_BOX).segs[0].mask)[0] == 0);
  BOOST_TEST(cv::sum(segmented(BURIN_SEGMENT_BY_BOX, 5).segs[0].mask)[0] > 0);
}

BOOST_AUTO_TEST_CASE(what_is_not_found_keeps_its_mask) {
  answer_with(12, 25, 5, 6);
  answer.found = false;
  core::Run run;
  const cv::Mat mask = segmented(BURIN_SEGMENT_BY_BOX, 0, &run).segs[0].mask;
  BOOST_TEST(cv::norm(mask, one_seg().segs[0].mask, cv::NORM_INF) == 0);
  BOOST_REQUIRE(run.warnings.size() == 1);
  BOOST_TEST(holds(run.warnings[0], "Segment 1: the segmenter 'org.test.outline' did not find it"));
}

BOOST_AUTO_TEST_CASE(broken_answers_are_refused) {
  answer_with(96, 25, 5, 6);
  BOOST_TEST(holds(refused(), "lies outside the picture"));
  answer_with(-1, 25, 5, 6);
  BOOST_TEST(holds(refused(), "lies outside the picture"));
  answer_with(12, 25, 5, 6, 1.5F);
  BOOST_TEST(holds(refused(), "values outside 0..1"));
  answer_with(12, 25, 5, 6, std::numeric_limits<float>::quiet_NaN());
  BOOST_TEST(holds(refused(), "values outside 0..1"));
  answer_with(12, 25, 5, 6);
  answer.too_few = 1;
  BOOST_TEST(holds(refused(), "answered 0 of 1 questions"));
  answer.too_few = 0;
  BOOST_TEST(holds(refused(0), "understands neither"));
}

BOOST_AUTO_TEST_CASE(a_job_names_it) {
  answer_with(12, 25, 5, 6);
  cv::Mat picture(80, 100, CV_8UC3, cv::Scalar(1, 2, 3));
  const core::Job job = core::parse_job(
      R"({"detect": {"detector": "org.test.boxes", "dilation": 0,
                     "segmenter": {"id": "org.test.outline", "threshold": 0.75}}})",
      "/");
  const burin_host* modules = host(BURIN_SEGMENT_BY_BOX);
  core::Detectors detectors(modules);
  core::Run run;
  const Segs segs = core::find_segs(modules, detectors, job, 3, view_of(picture), run);
  BOOST_REQUIRE(segs.segs.size() == 1);
  BOOST_TEST(cv::sum(segs.segs[0].mask)[0] == 30);
  BOOST_TEST(told.threshold.value() == 0.75);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
