// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Which tasks share a batch, by size, memory and sampler; and the plan as JSON.
#include <rapidcheck.h>

#include <boost/test/unit_test.hpp>
#include <set>

#include "core/plan/seg_builder.hpp"
#include "plan/batches.hpp"
#include "runtime/error.hpp"

namespace burin::test {
namespace {

using core::Batch;
using core::DetailerSettings;
using core::Error;
using core::make_plan;
using core::ModelGeometry;
using core::Plan;
using core::quantise_size;
using core::Region;
using core::Segs;
using core::Semantics;
using core::Sizing;

Sizing sizing(int width, int height) {
  Sizing result;
  result.width = width;
  result.height = height;
  return result;
}

// `count` crops of 64x64 pixels that become 256x256 model pixels.
Segs equal_segs(int count) {
  Segs segs{4000, 100, {}};
  for (int i = 0; i < count; ++i) {
    segs.segs.push_back(make_seg(i + 1, {100 * i, 0, 100 * i + 64, 64}, 32, 32));
  }
  return segs;
}

DetailerSettings to_256() { return sized(128, true, 256, false); }

std::vector<std::size_t> batch_sizes(const Plan& plan) {
  std::vector<std::size_t> sizes;
  for (const Batch& batch : plan.batches) sizes.push_back(batch.tasks.size());
  return sizes;
}

BOOST_AUTO_TEST_SUITE(quantised_sizes)

BOOST_AUTO_TEST_CASE(a_size_is_raised_to_the_coarser_grid_within_15_percent) {
  const auto raised = [](int width, int height, int multiple) {
    Sizing result = sizing(width, height);
    quantise_size(result, multiple, 2048);
    return std::pair(result.width, result.height);
  };
  BOOST_TEST((raised(448, 512, 64) == std::pair(512, 512)));  // 14.3 % more
  BOOST_TEST((raised(512, 512, 64) == std::pair(512, 512)));
  BOOST_TEST((raised(480, 480, 32) == std::pair(512, 512)));  // 13.8 % more
  BOOST_TEST((raised(320, 512, 64) == std::pair(320, 512)));  // 20 % more: stays
  BOOST_TEST(
      (raised(288, 352, 32) == std::pair(288, 384)));  // both: 21 %; the height alone adds 9 %
  BOOST_TEST(
      (raised(544, 1024, 32) == std::pair(544, 1024)));  // 17 of 32: the next is 20, 18 % more
  BOOST_TEST((raised(608, 1024, 32) == std::pair(640, 1024)));
}

BOOST_AUTO_TEST_CASE(raised_sizes_keep_the_rules) {
  BOOST_TEST(rc::check("sizes grow by at most 15 % and stay multiples", [] {
    const int multiple = *rc::gen::element(8, 32, 64);
    const Sizing was =
        sizing(*rc::gen::inRange(1, 60) * multiple, *rc::gen::inRange(1, 60) * multiple);
    Sizing is = was;
    quantise_size(is, multiple, 2048);
    RC_ASSERT(is.width >= was.width && is.height >= was.height);
    RC_ASSERT(is.width % multiple == 0 && is.height % multiple == 0);
    RC_ASSERT(is.width * is.height <= 1.15 * was.width * was.height);
    RC_ASSERT(is.scale == was.scale);
    Sizing again = is;
    quantise_size(again, multiple, 2048);
    RC_ASSERT(again.width >= is.width && again.height >= is.height);
  }));
}

BOOST_AUTO_TEST_CASE(no_side_is_raised_above_the_most) {
  Sizing result = sizing(448, 512);
  quantise_size(result, 64, 500);
  BOOST_TEST(result.width == 448);
}

BOOST_AUTO_TEST_CASE(a_segment_has_one_size_whichever_others_run) {
  Segs segs{2000, 2000, {}};
  segs.segs.push_back(make_seg(1, {100, 100, 228, 228}, 64, 64));
  segs.segs.push_back(make_seg(2, {900, 900, 1012, 1028}, 64, 64));
  const Plan both = make_plan(segs, Semantics::burin, sized(256, true, 512, false), {8, 64, 0}, 0);
  segs.segs.erase(segs.segs.begin());
  const Plan alone = make_plan(segs, Semantics::burin, sized(256, true, 512, false), {8, 64, 0}, 0);
  BOOST_TEST(both.tasks[1].width == alone.tasks[0].width);
  BOOST_TEST((both.tasks[1].source == alone.tasks[0].source));
  BOOST_TEST(both.tasks[1].seeds == alone.tasks[0].seeds, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_source_grows_with_the_raised_size) {
  Segs segs{2000, 2000, {}};
  segs.segs.push_back(make_seg(1, {100, 100, 228, 228}, 64, 64));    // 512x512
  segs.segs.push_back(make_seg(2, {900, 900, 1012, 1028}, 64, 64));  // 448x512
  const Plan plan = make_plan(segs, Semantics::burin, sized(256, true, 512, false), {8, 64, 0}, 0);
  BOOST_REQUIRE(plan.batches.size() == 1);
  BOOST_TEST(plan.tasks[1].width == 512);
  BOOST_TEST(plan.tasks[1].scale == 4);
  BOOST_TEST((plan.tasks[1].source == core::Box{892, 900, 1020, 1028}));
  const Plan exact =
      make_plan(segs, Semantics::impact, sized(256, true, 512, false), {8, 64, 0}, 0);
  BOOST_TEST(exact.tasks[1].width == 448);
  BOOST_TEST(exact.batches.size() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(batches)

BOOST_AUTO_TEST_CASE(equal_sizes_share_a_batch_in_task_order) {
  Segs segs = equal_segs(3);
  segs.segs.insert(segs.segs.begin() + 1, make_seg(9, {3000, 0, 3064, 32}, 32, 32));
  const Plan plan = make_plan(segs, Semantics::burin, to_256(), {8, 32, 0}, 0);
  BOOST_REQUIRE(plan.batches.size() == 2);
  const std::vector<std::size_t> first = {0, 2, 3}, second = {1};
  BOOST_TEST(plan.batches[0].tasks == first, boost::test_tools::per_element());
  BOOST_TEST(plan.batches[1].tasks == second, boost::test_tools::per_element());
  BOOST_TEST(plan.memory_bytes == 0);
}

BOOST_AUTO_TEST_CASE(the_budget_splits_evenly_and_always_leaves_one) {
  const ModelGeometry model{8, 32, 1000};
  const double item = 256.0 * 256 * 1000;
  const auto sizes = [&](double budget) {
    const Plan plan = make_plan(equal_segs(5), Semantics::burin, to_256(), model, budget);
    BOOST_TEST(plan.memory_bytes >= item);
    if (budget >= item) BOOST_TEST(plan.memory_bytes <= budget);
    return batch_sizes(plan);
  };
  const std::vector<std::size_t> two_three = {2, 3}, ones = {1, 1, 1, 1, 1}, pairs = {1, 2, 2};
  BOOST_TEST(sizes(4.5 * item) == two_three, boost::test_tools::per_element());
  BOOST_TEST(sizes(2 * item) == pairs, boost::test_tools::per_element());
  BOOST_TEST(sizes(1.99 * item) == ones, boost::test_tools::per_element());
  BOOST_TEST(sizes(1) == ones, boost::test_tools::per_element());
  const Plan unlimited = make_plan(equal_segs(5), Semantics::burin, to_256(), model, 0);
  BOOST_TEST(unlimited.batches.size() == 1);
  BOOST_TEST(unlimited.memory_bytes == 5 * item);
}

BOOST_AUTO_TEST_CASE(the_adaptive_sampler_runs_one_by_one) {
  DetailerSettings settings = to_256();
  settings.sampler = "dpm_adaptive";
  const Plan plan = make_plan(equal_segs(3), Semantics::burin, settings, {8, 32, 0}, 0);
  BOOST_TEST(plan.batches.size() == 3);
}

BOOST_AUTO_TEST_CASE(skipped_tasks_are_in_no_batch) {
  Segs segs = equal_segs(3);
  segs.segs[1].mask.setTo(0);
  const Plan plan = make_plan(segs, Semantics::burin, to_256(), {8, 32, 0}, 0);
  BOOST_REQUIRE(plan.batches.size() == 1);
  const std::vector<std::size_t> expected = {0, 2};
  BOOST_TEST(plan.batches[0].tasks == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_segs_give_an_empty_plan) {
  const Plan plan = make_plan({100, 100, {}}, Semantics::burin, {}, {}, 0);
  BOOST_TEST(plan.tasks.empty());
  BOOST_TEST(plan.batches.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(refusals)

void refused(burin_status status, const Segs& segs, const DetailerSettings& settings,
             const ModelGeometry& model = {}, double budget = 0) {
  for (const Semantics semantics : {Semantics::burin, Semantics::impact}) {
    BOOST_CHECK_EXCEPTION(make_plan(segs, semantics, settings, model, budget), Error,
                          [status](const Error& e) { return e.status() == status; });
  }
}

BOOST_AUTO_TEST_CASE(segs_that_contradict_themselves) {
  const auto changed = [](auto change) {
    Segs segs = equal_segs(1);
    change(segs.segs[0]);
    refused(BURIN_E_JOB, segs, to_256());
  };
  changed([](core::Seg& seg) { seg.crop = {-1, 0, 63, 64}; });
  changed([](core::Seg& seg) { seg.crop = {0, 40, 64, 104}; });
  changed([](core::Seg& seg) { seg.crop = {10, 10, 10, 20}; });
  changed([](core::Seg& seg) { seg.crop = {0, 0, 63, 64}; });
  changed([](core::Seg& seg) { seg.mask = cv::Mat(); });
  changed([](core::Seg& seg) { seg.mask = cv::Mat::ones(64, 64, CV_8UC1); });
  changed([](core::Seg& seg) { seg.bbox.x1 = std::numeric_limits<double>::quiet_NaN(); });
  changed([](core::Seg& seg) { seg.bbox.x2 = std::numeric_limits<double>::infinity(); });
  changed([](core::Seg& seg) { std::swap(seg.bbox.y1, seg.bbox.y2); });
}

BOOST_AUTO_TEST_CASE(settings_and_models_that_make_no_sense) {
  const Segs segs = equal_segs(1);
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    refused(BURIN_E_JOB, segs, sized(bad, true, 768, false));
    refused(BURIN_E_JOB, segs, sized(256, true, bad, false));
  }
  DetailerSettings settings = to_256();
  settings.batch_size = 0;
  refused(BURIN_E_JOB, segs, settings);
  settings = to_256();
  settings.cycle = -2;
  refused(BURIN_E_JOB, segs, settings);
  refused(BURIN_E_INVALID, segs, to_256(), {0, 64, 0});
  refused(BURIN_E_INVALID, segs, to_256(), {8, -64, 0});
  refused(BURIN_E_INVALID, segs, to_256(), {8, 64, -1});
  refused(BURIN_E_INVALID, segs, to_256(), {}, -5);
  refused(BURIN_E_INVALID, segs, to_256(), {}, std::numeric_limits<double>::quiet_NaN());
}

BOOST_AUTO_TEST_CASE(sizes_that_no_model_could_hold) {
  refused(BURIN_E_JOB, equal_segs(1), sized(1e6, true, 1e6, true));
  refused(BURIN_E_JOB, equal_segs(1), sized(1e300, true, 1e300, false));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(tells_what_runs_and_what_does_not) {
  Segs segs = equal_segs(2);
  segs.segs[1].mask.setTo(0);
  DetailerSettings settings = to_256();
  settings.cycle = 2;
  const Plan plan = make_plan(segs, Semantics::impact, settings, {8, 32, 2}, 0);
  const auto json = core::plan_to_json(plan, segs);
  const auto expected = nlohmann::json::parse(R"({
    "tasks": [
      {"seg": 0, "id": 1, "label": "face", "repeat": 0, "run": true, "source": [0, 0, 64, 64],
       "width": 256, "height": 256, "scale": 4, "carry_difference": false, "seeds": [1, 2]},
      {"seg": 1, "id": 2, "label": "face", "repeat": 0, "run": false, "source": [100, 0, 164, 64],
       "reason": "SEG 2 (face): its mask of 64x64 pixels is empty, so there is nothing to redraw"}
    ],
    "batches": [{"tasks": [0], "width": 256, "height": 256}],
    "memory_bytes": 131072
  })");
  BOOST_TEST(json == expected);
}

BOOST_AUTO_TEST_CASE(an_empty_plan_has_empty_lists) {
  const auto json = core::plan_to_json({}, {});
  BOOST_TEST(json["tasks"].is_array());
  BOOST_TEST(json["tasks"].empty());
  BOOST_TEST(json["batches"].is_array());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace burin::test
