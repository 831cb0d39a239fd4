// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Hooks, previews, given levels and results that are none, with the embedded model.
#include "detail/hooks.hpp"

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>

#include "core/detail/one_face.hpp"
#include "detail/result_check.hpp"
#include "device/device.hpp"
#include "runtime/error.hpp"
#include "support/detail_run.hpp"
#include "weights/safetensors.hpp"

namespace burin::test {
namespace {

using namespace burin::core;
using nlohmann::json;

json with_hooks(json job, const json& hooks, int cycles = 1) {
  job["hooks"] = hooks;
  job["detailer"]["cycle"] = cycles;
  return job;
}

double distance(const json& a, const json& b) {
  const Ran first = run_job(a, three_faces()), second = run_job(b, three_faces());
  return cv::norm(first.colours(0), second.colours(0), cv::NORM_INF);
}

DetailerSettings cycles(int count) {
  DetailerSettings settings;
  settings.steps = 20;
  settings.cfg = 8;
  settings.denoise = 0.5;
  settings.cycle = count;
  return settings;
}

constexpr auto kDenoise = ScheduleHook::Setting::denoise;
constexpr auto kCfg = ScheduleHook::Setting::cfg;
constexpr auto kSteps = ScheduleHook::Setting::steps;

}  // namespace

BOOST_AUTO_TEST_SUITE(hooks)

BOOST_AUTO_TEST_CASE(schedules_go_in_equal_parts_to_their_targets) {
  const std::vector<Hook> hooks{ScheduleHook{kDenoise, 0.3}, ScheduleHook{kCfg, 4.5},
                                ScheduleHook{kSteps, 9}};
  const auto at = [&](int cycle) {
    return cycle_settings(cycles(3), hooks, Semantics::burin, cycle);
  };
  BOOST_TEST(at(0).denoise == 0.5);
  BOOST_TEST(std::abs(at(1).denoise - 0.4) < 1e-12);
  BOOST_TEST(std::abs(at(2).denoise - 0.3) < 1e-12);
  BOOST_TEST(at(1).cfg == 6.25);
  BOOST_TEST(at(1).steps == 14);
  BOOST_TEST(at(2).steps == 9);
  BOOST_TEST(cycle_settings(cycles(3), hooks, Semantics::impact, 1).cfg == 6);
  BOOST_TEST(steps_of_all_cycles(cycles(3), hooks, Semantics::burin) == 20 + 14 + 9);
}

BOOST_AUTO_TEST_CASE(a_single_cycle_keeps_its_denoise_and_takes_the_other_targets) {
  const std::vector<Hook> hooks{ScheduleHook{kDenoise, 0.3}, ScheduleHook{kCfg, 4.5},
                                ScheduleHook{kSteps, 9}};
  const RunSettings run = cycle_settings(cycles(1), hooks, Semantics::impact, 0);
  BOOST_TEST(run.denoise == 0.5);
  BOOST_TEST(run.cfg == 4.5);
  BOOST_TEST(run.steps == 9);
}

BOOST_AUTO_TEST_CASE(hooks_between_cycles_count_from_the_second) {
  BOOST_TEST(!hook_place(false, 0, 3).acts);
  BOOST_TEST(hook_place(false, 1, 3).share == 0);
  BOOST_TEST(hook_place(false, 2, 3).share == 0.5);
  BOOST_TEST(hook_place(false, 2, 3).count == 1);
  BOOST_TEST(hook_place(true, 0, 1).acts);
  BOOST_TEST(hook_place(true, 2, 4).share == 0.5);
}

BOOST_AUTO_TEST_CASE(a_variation_keeps_the_deviation_of_the_noise) {
  const at::Tensor a = at::randn({100000}), b = at::randn({100000});
  for (const double s : {0.0, 0.3, 1.0})
    BOOST_TEST(std::abs(mixed_noise(a, b, s).std().item<double>() - 1) < 0.02);
  BOOST_TEST(mixed_noise(a, b, 0).equal(a));
  BOOST_TEST(mixed_noise(a, b, 1).equal(b));
}

BOOST_AUTO_TEST_CASE(hooks_change_the_result_and_idle_ones_do_not) {
  const json plain = one_face_job();
  const auto variation = [](double strength) {
    return json::array({{{"type", "variation"}, {"seed", 9}, {"strength", strength}}});
  };
  BOOST_TEST(distance(plain, with_hooks(plain, variation(0))) == 0);
  BOOST_TEST(distance(plain, with_hooks(plain, variation(0.5))) > 0.01);
  const json injection =
      json::array({{{"type", "noise_injection"}, {"seed", 4}, {"start_strength", 0.5}}});
  BOOST_TEST(distance(plain, with_hooks(plain, injection)) == 0);
  const json twice = with_hooks(plain, json::array(), 2);
  BOOST_TEST(distance(twice, with_hooks(plain, injection, 2)) > 0.01);
  const json unsampler = {{{"type", "unsampler"},
                           {"steps", 3},
                           {"start_end_at_step", 1},
                           {"end_end_at_step", 1},
                           {"from_start", true}}};
  BOOST_TEST(distance(plain, with_hooks(plain, unsampler)) > 0);
}

BOOST_AUTO_TEST_CASE(a_face_with_hooks_is_the_same_whichever_others_run) {
  json both = with_hooks(two_faces_job(),
                         {{{"type", "variation"}, {"seed", 9}, {"strength", 0.5}},
                          {{"type", "noise_injection"}, {"seed", 4}, {"from_start", true}}});
  json alone = both;
  alone["only"] = {2};
  const Ran together = run_job(both, three_faces()), apart = run_job(alone, three_faces());
  BOOST_TEST(cv::norm(together.colours(1), apart.colours(0), cv::NORM_INF) < 1e-3);
}

BOOST_AUTO_TEST_CASE(given_levels_stand_in_place_of_a_schedule) {
  json given = one_face_job();
  given["detailer"]["sigmas"] = {3.0, 1.0, 0.2, 0.0};
  given["output"] = {{"trace", "given-levels.trace.safetensors"}};
  const Ran ran = run_job(given, three_faces());
  BOOST_TEST(ran.report["evaluations"] == 3);
  const Safetensors trace =
      Safetensors::open(std::filesystem::path(BURIN_BUILD_DIR) / "given-levels.trace.safetensors");
  BOOST_TEST(trace.tensor("run.0.sigmas").equal(at::tensor({3.0F, 1.0F, 0.2F, 0.0F})));
}

BOOST_AUTO_TEST_CASE(previews_come_with_every_nth_step) {
  RunOptions options;
  std::vector<Preview> shown;
  options.run.preview = [&](const Preview& preview) { shown.push_back(preview); };
  run_job(with_hooks(one_face_job(4), {{{"type", "preview"}, {"every", 2}}}), three_faces(),
          options);
  BOOST_REQUIRE(shown.size() == 2U);
  for (const Preview& preview : shown) {
    BOOST_TEST(preview.id == 2);
    BOOST_TEST(preview.picture.type() == CV_32FC3);
    BOOST_TEST(cv::checkRange(preview.picture, true, nullptr, 0, 1.0001));
    BOOST_TEST(preview.place.contains(cv::Point2d(172, 139)));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(unusable_results)

namespace {

void spoil(Model& model) { model.unet.conv_out.bias.fill_(std::nanf("")); }

}  // namespace

BOOST_AUTO_TEST_CASE(what_fails_in_bfloat16_is_done_in_float32) {
  const c10::InferenceMode guard;
  Loaded low(at::kBFloat16);
  spoil(low.model);
  Bench bench;
  DetailResult result = detail(context(bench, low));
  BOOST_TEST((result.unusable == std::vector<std::size_t>{0}));
  BOOST_TEST((result.layers[0].status == LayerStatus::failed));
  Loaded exact(at::kFloat);
  redo(context(bench, exact), result);
  BOOST_TEST(result.unusable.empty());
  BOOST_TEST((result.layers[0].status == LayerStatus::done));
}

BOOST_AUTO_TEST_CASE(what_fails_in_float32_keeps_the_original_and_says_which_and_why) {
  const c10::InferenceMode guard;
  Loaded exact(at::kFloat);
  spoil(exact.model);
  Bench bench;
  std::string logged;
  bench.run.log = [&](int, const std::string& line) { logged += line; };
  const DetailResult result = detail(context(bench, exact));
  BOOST_TEST(result.unusable.empty());
  const Layer& layer = result.layers[0];
  BOOST_TEST((layer.status == LayerStatus::failed));
  BOOST_TEST(layer.message ==
             "Segment 7 (face): the network gave values that are not numbers, in float32; the "
             "original was kept.");
  BOOST_TEST(logged.find("Segment 7 (face)") != std::string::npos);
  BOOST_TEST(cv::countNonZero(layer.mask) == 0);
}

BOOST_AUTO_TEST_CASE(flat_and_black_pictures_are_told_from_others) {
  Crop crop;
  crop.seen = cv::Mat(16, 16, CV_32FC3);
  cv::randu(crop.seen, 0, 1);
  crop.denoise = at::zeros({1, 1, 2, 2});
  crop.denoise[0][0][0][0] = 1;
  const at::Tensor latent = at::zeros({1, 4, 2, 2});
  cv::Mat redrawn = crop.seen.clone();
  BOOST_TEST(!fault_of(crop, latent, redrawn));
  redrawn(cv::Rect(0, 0, 8, 8)).setTo(cv::Scalar::all(0.001));
  BOOST_TEST(fault_of(crop, latent, redrawn).value() == "the redrawn picture is of one colour");
  BOOST_TEST(is_black_patch(crop, redrawn, 10, 5));
  BOOST_TEST(!is_black_patch(crop, crop.seen, 10, 5));
  crop.seen(cv::Rect(0, 0, 8, 8)).setTo(cv::Scalar::all(0.5));
  BOOST_TEST(!fault_of(crop, latent, redrawn));
  redrawn.at<cv::Vec3f>(12, 12)[1] = INFINITY;
  BOOST_TEST(fault_of(crop, latent, redrawn).value().starts_with("the autoencoder gave"));
  BOOST_TEST(fault_of(crop, latent.log(), redrawn).value().starts_with("the network gave"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
