// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The reference's sizes, skips, seeds and order.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <ostream>

#include "core/plan/seg_builder.hpp"

namespace burin::test {
namespace {

namespace data = boost::unit_test::data;
using core::DetailerSettings;
using core::make_plan;
using core::Plan;
using core::Segs;
using core::Semantics;

struct SizeCase {
  int width, height;  // crop
  double bbox_width, bbox_height;
  double guide;
  bool for_bbox;
  double max;
  bool force;
  int new_width, new_height;  // 0: skipped
};

std::ostream& operator<<(std::ostream& out, const SizeCase& c) {
  return out << c.width << "x" << c.height << " guide " << c.guide << " max " << c.max << " force "
             << c.force;
}

// The first seven are the reference's; the rest follow from its rules by hand.
const SizeCase kSizes[] = {
    {240, 300, 80, 100, 512, true, 768, true, 614, 768},
    {240, 300, 80, 100, 512, false, 768, true, 512, 640},
    {900, 600, 300, 200, 512, true, 768, true, 900, 600},
    {900, 600, 300, 200, 512, true, 768, false, 0, 0},
    {2000, 1500, 700, 600, 512, true, 768, true, 2000, 1500},
    {2000, 1500, 700, 600, 512, true, 768, false, 0, 0},
    {333, 251, 111, 83, 512, true, 768, true, 768, 578},
    {640, 640, 520, 400, 512, true, 768, false, 768, 768},
    {640, 640, 512, 512, 512, true, 768, false, 0, 0},    // bbox reaches the guide size both ways
    {100, 100, 50, 50, 50, true, 768, false, 0, 0},       // the same at scale 1
    {100, 100, 200, 50, 51, true, 768, false, 102, 102},  // one side is below it
    {1000, 1, 400, 1, 2, true, 1000, true, 1000, 1},      // max_size brings the scale back to 1
    {10, 10, 0, 4, 512, true, 64, true, 64, 64},          // an empty bbox: as large as allowed
};

BOOST_AUTO_TEST_SUITE(impact)

BOOST_DATA_TEST_CASE(sizes_are_the_references, data::make(kSizes), c) {
  const Segs segs =
      one_seg(4000, 4000, {7, 9, 7 + c.width, 9 + c.height}, c.bbox_width, c.bbox_height);
  const Plan plan =
      make_plan(segs, Semantics::impact, sized(c.guide, c.for_bbox, c.max, c.force), {}, 0);
  BOOST_REQUIRE(plan.tasks.size() == 1);
  const auto& task = plan.tasks[0];
  BOOST_TEST(task.run == (c.new_width > 0));
  BOOST_TEST(task.width == c.new_width);
  BOOST_TEST(task.height == c.new_height);
  BOOST_TEST(!task.carry_difference);
  BOOST_TEST((task.source == core::Box{7.0, 9.0, 7.0 + c.width, 9.0 + c.height}));
  BOOST_TEST(plan.batches.size() == (task.run ? 1u : 0u));
  BOOST_TEST(task.reason.empty() == task.run);
}

BOOST_AUTO_TEST_CASE(a_size_that_truncates_to_nothing_is_skipped_or_native) {
  const Segs segs = one_seg(4000, 4000, {0, 0, 2000, 1}, 1, 0.5);
  const Plan skipped = make_plan(segs, Semantics::impact, sized(5, true, 1000, false), {}, 0);
  BOOST_TEST(!skipped.tasks[0].run);
  const Plan native = make_plan(segs, Semantics::impact, sized(5, true, 1000, true), {}, 0);
  BOOST_TEST(native.tasks[0].width == 2000);
  BOOST_TEST(native.tasks[0].height == 1);
  BOOST_TEST(native.tasks[0].scale == 1);
}

BOOST_AUTO_TEST_CASE(the_reasons_name_the_seg_and_the_sizes) {
  const Segs segs = one_seg(4000, 4000, {0, 0, 900, 640}, 300, 200);
  const auto small = sized(200, true, 768, false);
  const std::string bbox = make_plan(segs, Semantics::impact, small, {}, 0).tasks[0].reason;
  BOOST_TEST(bbox.find("SEG 1 (face)") != std::string::npos);
  BOOST_TEST(bbox.find("300x200") != std::string::npos);
  BOOST_TEST(bbox.find("guide size of 200") != std::string::npos);
  const auto large = sized(512, true, 768, false);
  const std::string crop = make_plan(segs, Semantics::impact, large, {}, 0).tasks[0].reason;
  BOOST_TEST(crop.find("900x640") != std::string::npos);
  BOOST_TEST(crop.find("768") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_empty_mask_passes_through_even_when_forced) {
  Segs segs = one_seg(500, 500, {0, 0, 100, 120}, 40, 40);
  segs.segs[0].mask.setTo(0);
  const Plan plan = make_plan(segs, Semantics::impact, sized(256, true, 768, true), {}, 0);
  BOOST_TEST(!plan.tasks[0].run);
  BOOST_TEST(plan.tasks[0].reason.find("100x120") != std::string::npos);
  segs.segs[0].mask.at<float>(3, 3) = 1e-6f;
  BOOST_TEST(make_plan(segs, Semantics::impact, sized(256, true, 768, true), {}, 0).tasks[0].run);
}

BOOST_AUTO_TEST_CASE(seeds_start_at_one_more_and_are_shared_by_all_segs) {
  Segs segs = one_seg(500, 500, {0, 0, 100, 100}, 40, 40);
  segs.segs.push_back(make_seg(2, {50, 50, 150, 150}, 40, 40));
  DetailerSettings settings = sized(256, true, 768, true);
  settings.seed = 41;
  settings.batch_size = 2;
  settings.cycle = 3;
  const Plan plan = make_plan(segs, Semantics::impact, settings, {}, 0);
  BOOST_REQUIRE(plan.tasks.size() == 4);
  const std::vector<std::uint64_t> first = {42, 43, 44}, second = {43, 44, 45};
  for (const int i : {0, 1}) {
    BOOST_TEST(plan.tasks[i].seg == static_cast<std::size_t>(i));
    BOOST_TEST(plan.tasks[i].repeat == 0);
    BOOST_TEST(plan.tasks[i].seeds == first, boost::test_tools::per_element());
    BOOST_TEST(plan.tasks[2 + i].seg == static_cast<std::size_t>(i));
    BOOST_TEST(plan.tasks[2 + i].repeat == 1);
    BOOST_TEST(plan.tasks[2 + i].seeds == second, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(seeds_wrap_at_two_to_the_64) {
  constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
  Segs segs = one_seg(500, 500, {0, 0, 100, 100}, 40, 40);
  DetailerSettings settings = sized(256, true, 768, true);
  settings.seed = kLast - 1;
  settings.cycle = 3;
  const std::vector<std::uint64_t> expected = {kLast, 0, 1};
  BOOST_TEST(make_plan(segs, Semantics::impact, settings, {}, 0).tasks[0].seeds == expected,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_segs_own_seed_replaces_the_jobs_in_every_repeat) {
  Segs segs = one_seg(500, 500, {0, 0, 100, 100}, 40, 40);
  segs.segs[0].seed = 7;
  DetailerSettings settings = sized(256, true, 768, true);
  settings.seed = 100;
  settings.batch_size = 2;
  settings.cycle = 2;
  const Plan plan = make_plan(segs, Semantics::impact, settings, {}, 0);
  const std::vector<std::uint64_t> expected = {7, 8};
  BOOST_TEST(plan.tasks[0].seeds == expected, boost::test_tools::per_element());
  BOOST_TEST(plan.tasks[1].seeds == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace burin::test
