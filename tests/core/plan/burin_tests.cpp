// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The default semantics: one scale, whole multiples, crops that stay in the picture, stable seeds.
#include <rapidcheck.h>

#include <boost/test/unit_test.hpp>
#include <limits>
#include <set>

#include "core/plan/seg_builder.hpp"

namespace burin::test {
namespace {

using core::Box;
using core::DetailerSettings;
using core::make_plan;
using core::ModelGeometry;
using core::Plan;
using core::Region;
using core::Segs;
using core::Semantics;
using core::splitmix64;
using core::Task;

const ModelGeometry kStableDiffusion{8, 64, 0};
const ModelGeometry kEmbedded{8, 32, 0};

Task only_task(const Segs& segs, const DetailerSettings& settings,
               const ModelGeometry& model = kStableDiffusion) {
  return make_plan(segs, Semantics::burin, settings, model, 0).tasks.at(0);
}

BOOST_AUTO_TEST_SUITE(burin_geometry)

BOOST_AUTO_TEST_CASE(the_size_is_rounded_up_and_the_crop_grown_to_match) {
  const Segs segs = one_seg(2000, 2000, {500, 600, 740, 900}, 80, 100);
  const Task task = only_task(segs, sized(512, true, 768, false));
  BOOST_TEST(task.run);
  BOOST_TEST(task.scale == 2.56);
  BOOST_TEST(task.width == 640);  // 614.4
  BOOST_TEST(task.height == 768);
  BOOST_TEST(std::abs(task.source.x1 - 495) < 1e-9);
  BOOST_TEST(std::abs(task.source.x2 - 745) < 1e-9);
  BOOST_TEST(task.source.y1 == 600);
  BOOST_TEST(task.source.y2 == 900);
  BOOST_TEST(!task.carry_difference);
}

BOOST_AUTO_TEST_CASE(a_length_that_is_a_multiple_stays) {
  // 0.1 is not a binary fraction: 640 * 0.1 * 10 may come out above 640.
  const Segs segs = one_seg(2000, 2000, {0, 0, 70, 30}, 10, 10);
  const Task task = only_task(segs, sized(64.0 / 7, false, 64, true), kEmbedded);
  BOOST_TEST(task.width == 64);
  BOOST_TEST(task.height == 32);
  BOOST_TEST(task.source.x1 <= 0);
  BOOST_TEST(task.source.x2 >= 70 - 1e-9);
}

BOOST_AUTO_TEST_CASE(at_the_pictures_edge_the_crop_is_shifted) {
  const Segs segs = one_seg(1000, 800, {0, 600, 210, 800}, 70, 66);
  const Task task = only_task(segs, sized(256, true, 768, false));
  BOOST_TEST(task.source.x1 == 0);
  BOOST_TEST(std::abs(task.source.y2 - 800) < 1e-9);
  BOOST_TEST(task.source.width() >= 210);
  BOOST_TEST(std::abs(task.source.width() * task.scale - task.width) < 1e-6);
}

BOOST_AUTO_TEST_CASE(where_the_picture_is_smaller_the_crop_is_centred_on_it) {
  const Segs segs = one_seg(80, 1000, {0, 100, 80, 200}, 40, 40);
  const Task task = only_task(segs, sized(256, true, 768, false));
  BOOST_TEST(task.scale == 6.4);
  BOOST_TEST(task.width == 512);
  BOOST_TEST(task.source.width() == 80);
  const Segs odd = one_seg(91, 1000, {0, 100, 91, 200}, 40, 40);
  const Task wide = only_task(odd, sized(256, true, 768, false));
  BOOST_TEST(wide.width == 640);
  BOOST_TEST(std::abs(wide.source.width() - 100) < 1e-9);
  BOOST_TEST(std::abs(wide.source.x1 + 4.5) < 1e-9);
}

BOOST_AUTO_TEST_CASE(a_segment_that_is_large_enough_is_skipped_with_a_sentence) {
  const Segs segs = one_seg(3000, 3000, {0, 0, 900, 640}, 300, 260);
  const Task bbox = only_task(segs, sized(256, true, 768, false));
  BOOST_TEST(!bbox.run);
  BOOST_TEST(bbox.reason.find("300x260") != std::string::npos);
  BOOST_TEST(bbox.reason.find("256") != std::string::npos);
  const Task crop = only_task(segs, sized(512, true, 768, false));
  BOOST_TEST(!crop.run);
  BOOST_TEST(crop.reason.find("900x640") != std::string::npos);
  BOOST_TEST(crop.reason.find("768") != std::string::npos);
  BOOST_TEST((crop.source == Box{0, 0, 900, 640}));
}

BOOST_AUTO_TEST_CASE(forced_a_large_crop_is_reduced_and_only_the_change_carried_back) {
  const Segs segs = one_seg(3000, 3000, {100, 100, 2100, 1600}, 700, 600);
  const Task task = only_task(segs, sized(512, true, 768, true));
  BOOST_TEST(task.run);
  BOOST_TEST(task.carry_difference);
  BOOST_TEST(task.scale == 0.384);
  BOOST_TEST(task.width == 768);
  BOOST_TEST(task.height == 640);  // 576, raised to the coarser grid
}

BOOST_AUTO_TEST_CASE(forced_a_crop_within_max_size_runs_at_its_own_size) {
  const Segs segs = one_seg(3000, 3000, {100, 100, 740, 612}, 600, 500);
  const Task task = only_task(segs, sized(256, true, 768, true));
  BOOST_TEST(task.run);
  BOOST_TEST(task.scale == 1);
  BOOST_TEST(task.width == 640);
  BOOST_TEST(task.height == 512);
  BOOST_TEST(!task.carry_difference);
  BOOST_TEST((task.source == Box{100, 100, 740, 612}));
}

BOOST_AUTO_TEST_CASE(an_empty_mask_is_skipped_even_when_forced) {
  Segs segs = one_seg(500, 500, {0, 0, 100, 100}, 40, 40);
  segs.segs[0].mask.setTo(0);
  BOOST_TEST(!only_task(segs, sized(256, true, 768, true)).run);
}

BOOST_AUTO_TEST_CASE(any_crop_gets_one_scale_a_multiple_and_its_place) {
  BOOST_TEST(rc::check("grown crops keep the rules", [] {
    const int width = *rc::gen::inRange(1, 3000), height = *rc::gen::inRange(1, 3000);
    Region crop;
    crop.x1 = *rc::gen::inRange(0, width);
    crop.y1 = *rc::gen::inRange(0, height);
    crop.x2 = *rc::gen::inRange(crop.x1 + 1, width + 1);
    crop.y2 = *rc::gen::inRange(crop.y1 + 1, height + 1);
    const double share = *rc::gen::inRange(1, 101) / 100.0;
    core::Seg seg = make_seg(1, crop, crop.width() * share, crop.height() * share);
    const Segs segs{width, height, {seg}};
    const ModelGeometry model{8, *rc::gen::element(8, 32, 64), 0};
    const double max = *rc::gen::inRange(64, 1537);
    const auto settings = sized(*rc::gen::inRange(16, 1025), *rc::gen::arbitrary<bool>(), max,
                                *rc::gen::arbitrary<bool>());
    const Task task = only_task(segs, settings, model);
    if (!task.run) {
      RC_ASSERT(!settings.force_inpaint);
      RC_ASSERT(!task.reason.empty());
      return;
    }
    RC_ASSERT(task.width % model.size_multiple == 0 && task.height % model.size_multiple == 0);
    RC_ASSERT(task.width > 0 && task.height > 0);
    RC_ASSERT(task.width < max + model.size_multiple && task.height < max + model.size_multiple);
    const Box& box = task.source;
    RC_ASSERT(std::abs(box.width() * task.scale - task.width) < 1e-6);
    RC_ASSERT(std::abs(box.height() * task.scale - task.height) < 1e-6);
    const auto rounded_up = [&](int side) {
      return std::ceil(side * task.scale / model.size_multiple - 1e-9) * model.size_multiple;
    };
    RC_ASSERT(task.width >= rounded_up(crop.width()) && task.height >= rounded_up(crop.height()));
    RC_ASSERT(task.width * task.height <=
              1.15 * rounded_up(crop.width()) * rounded_up(crop.height()));
    constexpr double kRounding = 1e-9;
    RC_ASSERT(box.x1 <= crop.x1 + kRounding && box.x2 >= crop.x2 - kRounding);
    RC_ASSERT(box.y1 <= crop.y1 + kRounding && box.y2 >= crop.y2 - kRounding);
    if (box.width() <= width) {
      RC_ASSERT(box.x1 >= -kRounding && box.x2 <= width + kRounding);
    } else {
      RC_ASSERT(std::abs(box.x1 + box.x2 - width) < kRounding * 1000);
    }
    if (box.height() <= height) {
      RC_ASSERT(box.y1 >= -kRounding && box.y2 <= height + kRounding);
    } else {
      RC_ASSERT(std::abs(box.y1 + box.y2 - height) < kRounding * 1000);
    }
    RC_ASSERT(task.carry_difference ==
              (task.scale < 1 && std::max(crop.width(), crop.height()) > max));
  }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(burin_seeds)

constexpr std::uint64_t kGamma = 0x9E3779B97F4A7C15;

BOOST_AUTO_TEST_CASE(splitmix64_gives_the_published_numbers) {
  // First outputs of the generator for seed 1234567, and the first for seed 0.
  const std::vector<std::uint64_t> expected = {6457827717110365317u, 3203168211198807973u,
                                               9817491932198370423u, 4593380528125082431u,
                                               16408922859458223821u};
  std::uint64_t state = 1234567;
  for (const std::uint64_t value : expected) {
    BOOST_TEST(splitmix64(state) == value);
    state += kGamma;
  }
  BOOST_TEST(splitmix64(0) == 0xE220A8397B1DCDAFu);
}

Segs three_segs() {
  Segs segs{1000, 1000, {}};
  segs.segs.push_back(make_seg(3, {0, 0, 100, 100}, 40, 40));
  segs.segs.push_back(make_seg(1, {200, 0, 330, 100}, 40, 40));
  segs.segs.push_back(make_seg(8, {0, 200, 100, 400}, 40, 40));
  return segs;
}

BOOST_AUTO_TEST_CASE(a_seg_keeps_its_seed_whichever_others_run) {
  const Segs all = three_segs();
  DetailerSettings settings = sized(128, true, 512, false);
  settings.seed = 99;
  settings.batch_size = 2;
  const Plan plan = make_plan(all, Semantics::burin, settings, kEmbedded, 0);
  BOOST_REQUIRE(plan.tasks.size() == 6);
  for (std::size_t i = 0; i < 3; ++i) {
    const Segs alone{1000, 1000, {all.segs[i]}};
    const Plan single = make_plan(alone, Semantics::burin, settings, kEmbedded, 0);
    for (std::size_t repeat = 0; repeat < 2; ++repeat) {
      const Task& task = plan.tasks[2 * i + repeat];
      BOOST_TEST(task.seg == i);
      BOOST_TEST(task.repeat == static_cast<int>(repeat));
      BOOST_TEST(task.seeds == single.tasks[repeat].seeds, boost::test_tools::per_element());
    }
  }
  std::set<std::uint64_t> different;
  for (const Task& task : plan.tasks) different.insert(task.seeds.at(0));
  BOOST_TEST(different.size() == 6);
}

BOOST_AUTO_TEST_CASE(seeds_follow_the_formula_and_wrap) {
  Segs segs = three_segs();
  DetailerSettings settings = sized(128, true, 512, false);
  settings.seed = std::numeric_limits<std::uint64_t>::max();
  settings.batch_size = 2;
  settings.cycle = 2;
  const Plan plan = make_plan(segs, Semantics::burin, settings, kEmbedded, 0);
  const std::uint64_t first = splitmix64(3 * kGamma - 1);
  BOOST_TEST(plan.tasks[0].seeds.at(0) == first);
  BOOST_TEST(plan.tasks[0].seeds.at(1) == first + 1);
  BOOST_TEST(plan.tasks[1].seeds.at(0) == splitmix64(first + 1));
  BOOST_TEST(plan.tasks[1].seeds.at(1) == splitmix64(first + 1) + 1);
}

BOOST_AUTO_TEST_CASE(a_segs_own_seed_is_used_as_it_is) {
  Segs segs = three_segs();
  segs.segs[1].seed = std::numeric_limits<std::uint64_t>::max();
  DetailerSettings settings = sized(128, true, 512, false);
  settings.batch_size = 2;
  settings.cycle = 2;
  const Plan plan = make_plan(segs, Semantics::burin, settings, kEmbedded, 0);
  const std::vector<std::uint64_t> expected = {*segs.segs[1].seed, 0};
  BOOST_TEST(plan.tasks[2].seeds == expected, boost::test_tools::per_element());
  BOOST_TEST(plan.tasks[3].seeds.at(0) == splitmix64(0));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace burin::test
