// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Modules as hooks and schedulers: what each point may change, and what it may not.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "burin/role/detail_hook.h"
#include "burin/role/scheduler.h"
#include "support/detail_run.hpp"
#include "support/expect_error.hpp"
#include "support/module_host.hpp"
#include "weights/safetensors.hpp"

namespace burin::test {
namespace {

using nlohmann::json;

// What the hook does at each point, chosen by the test; what is empty does nothing.
struct Script {
  std::set<std::string> points;
  std::vector<std::uint32_t> order;
  std::function<void(burin_region&)> crop;
  std::function<void(std::uint32_t&, std::uint32_t&)> size;
  std::function<burin_status(const burin_hook_segment&, DLTensor&)> latent, pixels, noise, pasted;
  std::function<void(burin_hook_sampling&)> sampling;
  std::function<bool(const burin_hook_segment&)> retry;
  bool skip = false;
  double amount = 0;
};
Script script;

float* floats(const DLTensor& t) { return static_cast<float*>(t.data); }
std::size_t count_of(const DLTensor& t) {
  std::size_t n = 1;
  for (int i = 0; i < t.ndim; ++i) n *= static_cast<std::size_t>(t.shape[i]);
  return n;
}

burin_status create(const burin_host*, const char*, void** self) {
  static int instance;
  *self = &instance;
  return BURIN_OK;
}
void destroy(void*) {}

burin_status post_detection(void*, std::int32_t, std::int32_t, const burin_hook_detection* const*,
                            std::size_t, std::uint32_t* order, std::size_t* kept) {
  script.points.insert("post_detection");
  if (script.order.empty()) return BURIN_OK;
  std::copy(script.order.begin(), script.order.end(), order);
  *kept = script.order.size();
  return BURIN_OK;
}
burin_status post_crop_region(void*, const burin_hook_segment*, burin_region* crop) {
  script.points.insert("post_crop_region");
  if (script.crop) script.crop(*crop);
  return BURIN_OK;
}
burin_status touch_scaled_size(void*, const burin_hook_segment*, std::uint32_t* width,
                               std::uint32_t* height) {
  script.points.insert("touch_scaled_size");
  if (script.size) script.size(*width, *height);
  return BURIN_OK;
}
burin_status post_encode(void*, const burin_hook_segment* segment, DLTensor* latent) {
  script.points.insert("post_encode");
  BOOST_TEST(segment->original->shape[2] == 3);
  BOOST_TEST(segment->mask->shape[0] == segment->original->shape[0]);
  return script.latent ? script.latent(*segment, *latent) : BURIN_OK;
}
burin_status set_steps(void*, const burin_hook_segment*, std::uint32_t, std::uint32_t) {
  script.points.insert("set_steps");
  return BURIN_OK;
}
burin_status cycle_latent(void*, const burin_hook_segment*, DLTensor*) {
  script.points.insert("cycle_latent");
  return BURIN_OK;
}
burin_status get_skip_sampling(void*, const burin_hook_segment*, std::int32_t* skip) {
  script.points.insert("get_skip_sampling");
  *skip = script.skip;
  return BURIN_OK;
}
burin_status pre_ksample(void*, const burin_hook_segment*, const DLTensor*,
                         burin_hook_sampling* sampling) {
  script.points.insert("pre_ksample");
  if (script.sampling) script.sampling(*sampling);
  return BURIN_OK;
}
burin_status get_custom_noise(void*, const burin_hook_segment* segment, std::uint64_t seed,
                              DLTensor* noise) {
  script.points.insert("get_custom_noise");
  std::vector<float> same(count_of(*noise));
  DLTensor copy = *noise;
  copy.data = same.data();
  BOOST_TEST(segment->draw_noise(segment->ctx, seed, &copy) == BURIN_OK);
  BOOST_TEST(std::equal(same.begin(), same.end(), floats(*noise)));
  return script.noise ? script.noise(*segment, *noise) : BURIN_OK;
}
burin_status pre_decode(void*, const burin_hook_segment*, DLTensor*) {
  script.points.insert("pre_decode");
  return BURIN_OK;
}
burin_status post_decode(void*, const burin_hook_segment* segment, DLTensor* pixels) {
  script.points.insert("post_decode");
  BOOST_TEST(segment->original->shape[0] == pixels->shape[0]);
  BOOST_TEST(segment->original->shape[1] == pixels->shape[1]);
  return script.pixels ? script.pixels(*segment, *pixels) : BURIN_OK;
}
burin_status should_retry_patch(void*, const burin_hook_segment* segment, const DLTensor*,
                                std::int32_t* retry) {
  script.points.insert("should_retry_patch");
  *retry = script.retry && script.retry(*segment);
  return BURIN_OK;
}
burin_status post_paste(void*, const burin_hook_segment* segment, DLTensor* pixels) {
  script.points.insert("post_paste");
  return script.pasted ? script.pasted(*segment, *pixels) : BURIN_OK;
}

const burin_detail_hook hook_role = {sizeof(burin_detail_hook),
                                     create,
                                     destroy,
                                     post_detection,
                                     post_crop_region,
                                     touch_scaled_size,
                                     post_encode,
                                     set_steps,
                                     cycle_latent,
                                     get_skip_sampling,
                                     pre_ksample,
                                     get_custom_noise,
                                     pre_decode,
                                     post_decode,
                                     should_retry_patch,
                                     post_paste};
// As a module of an older revision: ends before post_encode.
const burin_detail_hook short_role = [] {
  burin_detail_hook role = hook_role;
  role.struct_size = offsetof(burin_detail_hook, post_encode);
  return role;
}();

const burin_param amount = number_param(BURIN_PARAM_DOUBLE, "amount", "Amount", "How much.", 0, 1);
const burin_param* const params_list[] = {&amount};
const burin_params hook_params = {
    sizeof(burin_params), 1, params_list,
    [](void*, const char*, const burin_param_value* value) -> burin_status {
      script.amount = value->number;
      return BURIN_OK;
    },
    nullptr};

burin_status falling(void*, const burin_noise_levels* levels, std::uint32_t steps, double* out) {
  for (std::uint32_t i = 0; i < steps; ++i)
    out[i] = levels->most * (1 - static_cast<double>(i) / steps);
  out[steps] = 0;
  return BURIN_OK;
}
burin_status rising(void*, const burin_noise_levels* levels, std::uint32_t steps, double* out) {
  for (std::uint32_t i = 0; i < steps; ++i) out[i] = levels->least + i;
  out[steps] = 0;
  return BURIN_OK;
}
const burin_scheduler falling_role = {sizeof(burin_scheduler), create, destroy, falling};
const burin_scheduler rising_role = {sizeof(burin_scheduler), create, destroy, rising};

Ran run_with(const json& job) {
  RunOptions options;
  options.host = module_host({{BURIN_DETAIL_HOOK_ID, "org.test.hook", &hook_role, &hook_params},
                              {BURIN_DETAIL_HOOK_ID, "org.test.short", &short_role, nullptr},
                              {BURIN_SCHEDULER_ID, "org.test.falling", &falling_role, &hook_params},
                              {BURIN_SCHEDULER_ID, "org.test.rising", &rising_role, nullptr}});
  return run_job(job, three_faces(), options);
}

json hooked(const char* id = "org.test.hook", bool both = false) {
  script = {};
  json job = two_faces_job();
  if (!both) job["only"] = {2};
  job["hooks"] = {{{"type", "module"}, {"id", id}}};
  return job;
}

json plain() {
  json job = two_faces_job();
  job["only"] = {2};
  return job;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hook_modules)

BOOST_AUTO_TEST_CASE(a_hook_that_changes_nothing_is_asked_everywhere_and_leaves_every_bit) {
  const Ran without = run_job(plain(), three_faces()), with = run_with(hooked());
  BOOST_TEST(script.points.size() == 13U);
  BOOST_TEST(cv::norm(without.flattened, with.flattened, cv::NORM_INF) == 0);
  BOOST_TEST(cv::norm(without.colours(0), with.colours(0), cv::NORM_INF) == 0);
}

BOOST_AUTO_TEST_CASE(a_shorter_struct_has_only_its_own_points) {
  run_with(hooked("org.test.short"));
  BOOST_TEST((script.points ==
              std::set<std::string>{"post_detection", "post_crop_region", "touch_scaled_size"}));
}

BOOST_AUTO_TEST_CASE(detections_are_chosen_and_ordered) {
  json job = hooked("org.test.hook", true);
  script.order = {1};
  const Ran ran = run_with(job);
  BOOST_REQUIRE(ran.layers.size() == 1U);
  BOOST_TEST(ran.layers[0].id == 2);
  script.order = {0, 0};
  BOOST_TEST(sentence_of(BURIN_E_INTERNAL, [&] { run_with(job); }).find("one twice") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(crop_region_and_size_are_changed) {
  const json job = hooked();
  script.crop = [](burin_region& crop) { crop = {100, 80, 240, 190}; };
  script.size = [](std::uint32_t& width, std::uint32_t& height) { width = height = 160; };
  const Ran ran = run_with(job);
  BOOST_TEST(ran.layers[0].x == 100);
  BOOST_TEST(ran.layers[0].pixels->shape[1] == 140);
  BOOST_TEST(ran.report["layers"][0]["status"] == "done");
  script.crop = [](burin_region& crop) { crop = {100, 80, 999, 190}; };
  BOOST_TEST(sentence_of(BURIN_E_INTERNAL, [&] { run_with(job); }).find("outside the picture") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(sampling_is_changed_within_its_ranges) {
  const json job = hooked();
  script.sampling = [](burin_hook_sampling& s) { s.steps = 5; };
  BOOST_TEST(run_with(job).report["evaluations"] == 5);
  script.sampling = [](burin_hook_sampling& s) { s.sampler = "no_such_sampler"; };
  const Ran ran = run_with(job);
  BOOST_TEST(ran.layers[0].status == BURIN_LAYER_FAILED);
  BOOST_TEST(std::string(ran.layers[0].message).find("no_such_sampler") != std::string::npos);
  script.sampling = {};
  script.skip = true;
  BOOST_TEST(run_with(job).report["evaluations"] == 0);
}

BOOST_AUTO_TEST_CASE(what_a_hook_does_wrong_fails_its_segment_alone) {
  const json job = hooked("org.test.hook", true);
  script.latent = [](const burin_hook_segment& segment, DLTensor& latent) -> burin_status {
    if (segment.id == 1) floats(latent)[3] = NAN;
    return BURIN_OK;
  };
  const Ran ran = run_with(job);
  BOOST_TEST(ran.layers[0].status == BURIN_LAYER_FAILED);
  BOOST_TEST(std::string(ran.layers[0].message) ==
             "Segment 1: The hook 'org.test.hook' left values that are not numbers in the latent. "
             "The original was kept.");
  BOOST_TEST(ran.layers[1].status == BURIN_LAYER_DONE);
  script.latent = [](const burin_hook_segment&, DLTensor&) -> burin_status {
    return BURIN_E_CANCELLED;
  };
  sentence_of(BURIN_E_CANCELLED, [&] { run_with(job); });
}

BOOST_AUTO_TEST_CASE(a_retry_counts_and_draws_with_other_seeds) {
  json job = hooked();
  job["hooks"][0]["attempts"] = 2;
  std::vector<std::uint32_t> attempts;
  script.retry = [&](const burin_hook_segment& segment) {
    attempts.push_back(segment.attempt);
    return true;
  };
  const Ran ran = run_with(job);
  BOOST_TEST((attempts == std::vector<std::uint32_t>{0, 1}));
  BOOST_TEST(ran.report["evaluations"] == 6);
  BOOST_TEST(cv::norm(ran.colours(0), run_job(plain(), three_faces()).colours(0), cv::NORM_INF) >
             0.01);
}

BOOST_AUTO_TEST_CASE(a_paste_shows_what_was_written_and_nothing_outside_the_mask) {
  const json job = hooked();
  script.pasted = [](const burin_hook_segment&, DLTensor& pixels) -> burin_status {
    std::fill_n(floats(pixels), count_of(pixels), 1.0F);
    return BURIN_OK;
  };
  const Ran ran = run_with(job);
  const Ran without = run_job(plain(), three_faces());
  const cv::Mat before = three_faces(), mask = without.mask(0);
  const burin_layer& layer = ran.layers[0];
  int inside = 0;
  for (int y = 0; y < before.rows; ++y)
    for (int x = 0; x < before.cols; ++x) {
      const int row = y - layer.y, column = x - layer.x;
      const bool covered = row >= 0 && column >= 0 && row < mask.rows && column < mask.cols &&
                           mask.at<float>(row, column) > 0;
      const cv::Vec3b expected = covered ? cv::Vec3b(255, 255, 255) : before.at<cv::Vec3b>(y, x);
      if (ran.flattened.at<cv::Vec3b>(y, x) != expected) BOOST_FAIL("pixel " << x << ", " << y);
      inside += covered;
    }
  BOOST_TEST(inside > 100);
}

BOOST_AUTO_TEST_CASE(parameters_are_checked_against_what_is_declared) {
  json job = hooked();
  job["hooks"][0]["params"] = {{"amount", 0.25}};
  run_with(job);
  BOOST_TEST(script.amount == 0.25);
  const auto refusal = [&](const json& params) {
    job["hooks"][0]["params"] = params;
    return sentence_of(BURIN_E_JOB, [&] { run_with(job); });
  };
  BOOST_TEST(holds(refusal({{"amount", 2}}), "expected a number from 0.0 to 1.0"));
  BOOST_TEST(holds(refusal({{"amount", "much"}}), "expected a number"));
  BOOST_TEST(holds(refusal({{"amuont", 0.5}}), "expected one of amount"));
  BOOST_TEST(holds(sentence_of(BURIN_E_NOT_FOUND, [&] { run_with(hooked("org.test.none")); }),
                   "org.test.none"));
}

BOOST_AUTO_TEST_CASE(a_scheduler_module_gives_the_levels) {
  json job = plain();
  job["detailer"].update({{"scheduler", "org.test.falling"}, {"denoise", 0.5}, {"steps", 3}});
  job["output"] = {{"trace", "scheduler-module.trace.safetensors"}};
  BOOST_TEST(run_with(job).report["evaluations"] == 3);
  const core::Safetensors trace = core::Safetensors::open(std::filesystem::path(BURIN_BUILD_DIR) /
                                                          "scheduler-module.trace.safetensors");
  const at::Tensor sigmas = trace.tensor("run.0.sigmas");
  BOOST_REQUIRE(sigmas.numel() == 4);
  BOOST_TEST(std::abs(sigmas[0].item<float>() / sigmas[2].item<float>() - 3) < 1e-4);
  job["detailer"]["scheduler_params"] = {{"amount", 0.75}};
  run_with(job);
  BOOST_TEST(script.amount == 0.75);
  job["detailer"]["scheduler_params"] = {{"amount", 7}};
  BOOST_TEST(holds(sentence_of(BURIN_E_JOB, [&] { run_with(job); }), "from 0.0 to 1.0"));
  job["detailer"].erase("scheduler_params");
  job["detailer"]["scheduler"] = "org.test.rising";
  BOOST_TEST(holds(sentence_of(BURIN_E_INTERNAL, [&] { run_with(job); }), "must not rise"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
