// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The default semantics from a picture to its layers, with the embedded model.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <filesystem>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "runtime/error.hpp"
#include "support/detail_run.hpp"

namespace burin::test {
namespace {

using nlohmann::json;

// How many pixels differ in any byte, outside and inside of the union of the layers' masks.
struct Changed {
  int outside = 0, inside = 0;
};

Changed changed(const cv::Mat& before, const cv::Mat& after, const Ran& ran) {
  cv::Mat covered = cv::Mat::zeros(before.size(), CV_8U);
  for (std::size_t i = 0; i < ran.layers.size(); ++i) {
    const cv::Mat mask = ran.mask(i);
    cv::Mat part = covered(cv::Rect(ran.layers[i].x, ran.layers[i].y, mask.cols, mask.rows));
    part.setTo(1, mask > 0);
  }
  Changed count;
  for (int y = 0; y < before.rows; ++y)
    for (int x = 0; x < before.cols; ++x) {
      const std::size_t at = static_cast<std::size_t>(x) * before.elemSize();
      if (std::memcmp(before.ptr(y) + at, after.ptr(y) + at, before.elemSize()) != 0)
        ++(covered.at<std::uint8_t>(y, x) ? count.inside : count.outside);
    }
  return count;
}

double largest_difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_INF);
}

cv::Mat as_depth(const cv::Mat& picture, int depth) {
  cv::Mat converted;
  picture.convertTo(converted, depth, depth == CV_16U ? 257 : depth == CV_32F ? 1 / 255. : 1);
  return converted;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(burin_semantics)

BOOST_DATA_TEST_CASE(outside_the_masks_no_bit_changes,
                     boost::unit_test::data::make({CV_8U, CV_16U, CV_32F}), depth) {
  const cv::Mat picture = as_depth(three_faces(), depth);
  const Ran ran = run_job(two_faces_job(), picture);
  const Changed count = changed(picture, ran.flattened, ran);
  BOOST_TEST(count.outside == 0);
  BOOST_TEST(count.inside > 500);
}

BOOST_AUTO_TEST_CASE(odd_values_outside_the_masks_survive) {
  cv::Mat picture = as_depth(three_faces(), CV_32F);
  const cv::Rect corner(270, 0, 18, 12);
  picture(corner).setTo(cv::Scalar::all(std::numeric_limits<float>::quiet_NaN()));
  picture(cv::Rect(0, 0, 10, 10)).setTo(cv::Scalar::all(-3.5));
  const Ran ran = run_job(two_faces_job(1), picture);
  BOOST_TEST(changed(picture, ran.flattened, ran).outside == 0);
}

BOOST_AUTO_TEST_CASE(a_face_is_the_same_whichever_others_run) {
  const cv::Mat picture = three_faces();
  json job = two_faces_job();
  const Ran both = run_job(job, picture);
  job["only"] = {2};
  const Ran alone = run_job(job, picture);
  std::swap(job["segs"][0], job["segs"][1]);
  job.erase("only");
  const Ran swapped = run_job(job, picture);
  BOOST_TEST_REQUIRE(alone.layers.size() == 1u);
  BOOST_TEST(largest_difference(both.colours(1), alone.colours(0)) < 1e-3);
  BOOST_TEST(largest_difference(both.colours(1), swapped.colours(0)) < 1e-3);
  BOOST_TEST(std::string(both.layers[1].name) == alone.layers[0].name);
}

BOOST_AUTO_TEST_CASE(the_batch_does_not_change_the_result) {
  const cv::Mat picture = three_faces();
  const Ran together = run_job(two_faces_job(), picture);
  RunOptions one_at_a_time;
  one_at_a_time.memory = 1;
  const Ran apart = run_job(two_faces_job(), picture, one_at_a_time);
  BOOST_TEST(together.report["batches"] == 1);
  BOOST_TEST(apart.report["batches"] == 2);
  for (std::size_t i = 0; i < 2; ++i)
    BOOST_TEST(largest_difference(together.colours(i), apart.colours(i)) < 1e-3);
}

BOOST_AUTO_TEST_CASE(cancel_stops_within_a_step_and_writes_nothing) {
  json job = two_faces_job(50);
  const std::filesystem::path trace =
      std::filesystem::path(BURIN_BUILD_DIR) / "cancelled.trace.safetensors";
  std::filesystem::remove(trace);
  job["output"] = {{"trace", trace.string()}};
  RunOptions options;
  int steps = 0, asked_after = 0;
  options.run.progress = [&](const core::Progress& progress) {
    steps += progress.stage == "sample";
  };
  options.run.cancelled = [&] { return steps >= 3 && ++asked_after > 0; };
  BOOST_CHECK_EXCEPTION(run_job(job, three_faces(), options), core::Error,
                        [](const core::Error& e) { return e.status() == BURIN_E_CANCELLED; });
  BOOST_TEST(steps <= 4);
  BOOST_TEST(!std::filesystem::exists(trace));
}

BOOST_AUTO_TEST_CASE(progress_grows_to_one) {
  RunOptions options;
  std::vector<double> fractions;
  options.run.progress = [&](const core::Progress& progress) {
    if (progress.stage != "load") fractions.push_back(progress.fraction);
  };
  run_job(two_faces_job(), three_faces(), options);
  BOOST_TEST_REQUIRE(fractions.size() > 4u);
  BOOST_TEST(std::is_sorted(fractions.begin(), fractions.end()));
  BOOST_TEST(std::abs(fractions.back() - 1) < 1e-9);
}

BOOST_AUTO_TEST_CASE(smaller_faces_lie_above_larger_ones) {
  json job = two_faces_job(1);
  job["segs"] = {{{"id", 1}, {"bbox", {100, 60, 140, 100}}, {"crop_factor", 1.5}},
                 {{"id", 2}, {"bbox", {70, 40, 170, 150}}, {"crop_factor", 1.2}}};
  const cv::Mat picture = as_depth(three_faces(), CV_32F);
  const Ran ran = run_job(job, picture);
  const cv::Point centre(120, 80);
  const cv::Point in_layer(centre.x - ran.layers[0].x, centre.y - ran.layers[0].y);
  BOOST_TEST_REQUIRE(ran.mask(0).at<float>(in_layer) == 1.f);
  BOOST_TEST(largest_difference(cv::Mat(ran.flattened(cv::Rect(centre, cv::Size(1, 1)))),
                                cv::Mat(ran.colours(0)(cv::Rect(in_layer, cv::Size(1, 1))))) <
             1e-6);
}

BOOST_AUTO_TEST_CASE(a_reduced_crop_keeps_the_finer_detail_of_the_original) {
  cv::Mat picture = three_faces();
  cv::RNG noise(3);
  cv::Mat grain(picture.size(), CV_8UC3);
  noise.fill(grain, cv::RNG::UNIFORM, 0, 2);
  grain *= 40;  // two-valued grain that no reduction can carry
  picture = picture * 0.8 + grain;
  json job = two_faces_job(2);
  job["segs"] = {{{"id", 1}, {"bbox", {20, 20, 180, 180}}, {"crop_factor", 1.1}}};
  job["detailer"]["max_size"] = 64;
  job["detailer"]["guide_size"] = 64;
  job["detailer"]["force_inpaint"] = true;
  job["paste"] = {{"colour_guard", false}};
  const Ran ran = run_job(job, picture);
  BOOST_TEST(ran.layers[0].status == BURIN_LAYER_DONE);
  BOOST_TEST(std::string(ran.layers[0].message).find("what changed") != std::string::npos);
  const cv::Rect inner(60, 60, 80, 80);
  cv::Mat before, after, high_before, high_after;
  picture(inner).convertTo(before, CV_32F);
  ran.flattened(inner).convertTo(after, CV_32F);
  cv::Laplacian(before, high_before, CV_32F);
  cv::Laplacian(after, high_after, CV_32F);
  const double kept = cv::norm(high_after) / cv::norm(high_before);
  BOOST_TEST(kept > 0.9);
}

BOOST_AUTO_TEST_CASE(what_is_large_enough_is_left_alone_with_a_sentence) {
  json job = two_faces_job(1);
  job["detailer"]["guide_size"] = 16;
  const cv::Mat picture = three_faces();
  const Ran ran = run_job(job, picture);
  for (const burin_layer& layer : ran.layers) {
    BOOST_TEST(layer.status == BURIN_LAYER_SKIPPED);
    BOOST_TEST(std::string(layer.message).size() > 20u);
  }
  BOOST_TEST(largest_difference(picture, ran.flattened) == 0);
}

BOOST_AUTO_TEST_CASE(alpha_is_never_redrawn_and_hides_its_colours_from_the_model) {
  cv::Mat opaque = three_faces(), hidden;
  std::vector<cv::Mat> planes;
  cv::split(opaque, planes);
  cv::Mat alpha(opaque.size(), CV_8U, cv::Scalar(255));
  alpha(cv::Rect(30, 90, 12, 70)).setTo(0);
  planes.push_back(alpha);
  cv::Mat first, second;
  cv::merge(planes, first);
  second = first.clone();
  second.setTo(cv::Scalar(255, 0, 255, 0), alpha == 0);
  const json job = two_faces_job(1);
  const Ran a = run_job(job, first), b = run_job(job, second);
  cv::Mat alpha_after;
  cv::extractChannel(a.flattened, alpha_after, 3);
  BOOST_TEST(largest_difference(alpha, alpha_after) == 0);
  cv::Mat difference;
  cv::absdiff(a.flattened, b.flattened, difference);
  difference.setTo(cv::Scalar::all(0), alpha == 0);
  BOOST_TEST(cv::norm(difference, cv::NORM_INF) == 0);
}

BOOST_AUTO_TEST_CASE(grey_documents_stay_grey) {
  cv::Mat grey;
  cv::cvtColor(three_faces(), grey, cv::COLOR_RGB2GRAY);
  const Ran ran = run_job(two_faces_job(1), grey);
  BOOST_TEST(ran.colours(0).channels() == 1);
  BOOST_TEST(changed(grey, ran.flattened, ran).outside == 0);
  BOOST_TEST(changed(grey, ran.flattened, ran).inside > 200);
}

BOOST_AUTO_TEST_CASE(the_colour_guard_measures_and_reduces_the_drift) {
  json job = two_faces_job(2);
  const Ran guarded = run_job(job, three_faces());
  BOOST_TEST_REQUIRE(guarded.layers[0].drift_before >= 0);
  BOOST_TEST(guarded.layers[0].drift_after <= guarded.layers[0].drift_before);
  job["paste"] = {{"colour_guard", false}};
  BOOST_TEST(run_job(job, three_faces()).layers[0].drift_before < 0);
}

BOOST_AUTO_TEST_CASE(the_mask_ends_inside_the_crop) {
  const Ran ran = run_job(two_faces_job(1), three_faces());
  for (std::size_t i = 0; i < ran.layers.size(); ++i) {
    const cv::Mat mask = ran.mask(i);
    BOOST_TEST(cv::countNonZero(mask.row(0)) + cv::countNonZero(mask.row(mask.rows - 1)) == 0);
    BOOST_TEST(cv::countNonZero(mask.col(0)) + cv::countNonZero(mask.col(mask.cols - 1)) == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_layers_job_redraws_that_segment_alone) {
  const cv::Mat picture = three_faces();
  const Ran both = run_job(two_faces_job(), picture);
  const Ran again = run_job(json::parse(both.layers[1].job), picture);
  BOOST_TEST_REQUIRE(again.layers.size() == 1u);
  BOOST_TEST(largest_difference(both.colours(1), again.colours(0)) < 1e-3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
