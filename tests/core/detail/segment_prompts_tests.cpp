// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Prompts for segments, filters and the picture so far in whole jobs.
#include <boost/test/unit_test.hpp>
#include <opencv2/core.hpp>

#include "support/detail_run.hpp"

using namespace burin::test;
using nlohmann::json;

namespace {

double difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF); }

}  // namespace

BOOST_AUTO_TEST_SUITE(segment_prompts_in_jobs)

BOOST_AUTO_TEST_CASE(filters_choose_from_any_source) {
  json job = two_faces_job(1);
  job["filters"] = json::parse(R"([{"order": {"target": "x1", "order": "descending"}}])");
  const Ran ran = run_job(job, three_faces());
  BOOST_REQUIRE(ran.layers.size() == 1U);
  BOOST_TEST(ran.layers[0].id == 2);
}

BOOST_AUTO_TEST_CASE(a_skipped_segment_stays_and_the_other_can_be_redone_alone) {
  json job = two_faces_job(1);
  job["prompt"]["wildcard"] = "[DSC] {a|b} face [SEP] [SKIP]";
  const cv::Mat picture = three_faces();
  const Ran ran = run_job(job, picture);
  BOOST_REQUIRE(ran.layers.size() == 2U);
  BOOST_TEST(ran.layers[0].status == BURIN_LAYER_SKIPPED);
  BOOST_TEST(std::string(ran.layers[0].message) == "SEG 1 (face): its prompt is [SKIP]");
  BOOST_TEST(ran.layers[1].status == BURIN_LAYER_DONE);
  const cv::Rect first(30, 90, 60, 70);
  BOOST_TEST(difference(ran.flattened(first), picture(first)) == 0);
  const Ran again = run_job(json::parse(ran.layers[1].job), picture);
  BOOST_REQUIRE(again.layers.size() == 1U);
  BOOST_TEST(std::string(again.layers[0].name) == ran.layers[1].name);
  BOOST_TEST(difference(again.colours(0), ran.colours(1)) == 0);
}

BOOST_AUTO_TEST_CASE(foreach_reads_each_crop_from_the_picture_so_far) {
  json job = two_faces_job(1);
  job["semantics"] = "foreach";
  job["segs"][1]["bbox"] = {60, 110, 120, 168};
  const Ran both = run_job(job, three_faces());
  job["only"] = {2};
  const Ran second = run_job(job, three_faces());
  BOOST_REQUIRE(both.layers.size() == 2U);
  BOOST_REQUIRE(second.layers.size() == 1U);
  BOOST_TEST(std::string(both.layers[1].name) == second.layers[0].name);
  BOOST_TEST(difference(both.colours(1), second.colours(0)) > 0.01);
}

BOOST_AUTO_TEST_SUITE_END()
