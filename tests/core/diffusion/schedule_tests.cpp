// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Schedules against the reference's levels, and the part of them that a run samples.
#include "diffusion/schedule.hpp"

#include <limits>

#include "job/job.hpp"
#include "recorded_schedules.hpp"
#include "tensor_checks.hpp"

using namespace burin::core;
using namespace burin::core::testing;

namespace {

const NoiseLevels levels = stable_diffusion_levels();

std::vector<float> schedule(const std::string& name, int steps,
                            const std::string& sampler = "euler") {
  return values_of(make_schedule(levels, name, sampler, steps));
}

struct Anchor {
  std::string scheduler;
  std::vector<double> sigmas;
};

const std::vector<Anchor> anchors_of_six_steps{
    {"simple", {14.6146412, 5.9631305, 2.9183071, 1.6128862, 0.932358, 0.4924092, 0}},
    {"normal", {14.6146402, 5.0924082, 2.2797306, 1.1628646, 0.5711889, 0.0291672, 0}},
    {"sgm_uniform", {14.6146402, 5.9488993, 2.9183071, 1.6155803, 0.932358, 0.4935517, 0}},
    {"ddim_uniform",
     {14.4385691, 5.9064488, 2.9071214, 1.6128862, 0.932358, 0.4946969, 0.0413144, 0}},
    {"beta", {14.6146412, 8.7077522, 3.6757534, 1.6182789, 0.7624023, 0.3235326, 0}},
    {"linear_quadratic",
     {14.6146412, 14.4928522, 14.3710642, 14.2492752, 12.5848303, 7.8350716, 0}},
    {"karras", {14.6146431, 6.0821514, 2.2321544, 0.6925706, 0.1697566, 0.0291672, 0}},
    {"exponential", {14.6146402, 4.2151136, 1.2157114, 0.3506322, 0.1011284, 0.0291672, 0}},
    {"kl_optimal", {14.6146326, 2.6328883, 1.2947674, 0.7116267, 0.3356374, 0.0291672, 0}},
    {"GITS[coeff=1.2]",
     {14.61464119, 5.85520077, 2.05039096, 0.95350921, 0.45573691, 0.17026083, 0}}};

}  // namespace

BOOST_AUTO_TEST_SUITE(schedule_of_a_run)

BOOST_AUTO_TEST_CASE(six_steps_are_the_references) {
  for (const Anchor& anchor : anchors_of_six_steps) {
    BOOST_TEST_CONTEXT(anchor.scheduler) {
      check_close(schedule(anchor.scheduler, 6), anchor.sigmas, 5e-7);
    }
  }
}

BOOST_AUTO_TEST_CASE(recorded_runs_are_reproduced) {
  for (const RecordedSchedule& recorded : recorded_schedules) {
    BOOST_TEST_CONTEXT(recorded.scheduler << " " << recorded.sampler << " " << recorded.steps << " "
                                          << recorded.denoise) {
      const RunSchedule run = detailer_schedule(levels, recorded.scheduler, recorded.sampler,
                                                recorded.steps, recorded.denoise);
      const at::Tensor expected = tensor_from(recorded.sigmas);
      BOOST_TEST(largest_difference(run.sigmas, expected) <= 1e-6);
    }
  }
}

BOOST_AUTO_TEST_CASE(beta_of_twenty_steps_is_the_references) {
  check_close(schedule("beta", 20), {14.61464, 13.5157, 11.54277, 9.38892, 7.37184, 5.68659, 4.3728,
                                     3.37472,  2.61524, 2.04731,  1.61828, 1.28462, 1.02733, .82122,
                                     .65489,   .51539,  .39551,   .29128,  .19906,  .11142,  0},
              6e-6);
}

BOOST_AUTO_TEST_CASE(beta_merges_equal_levels_of_long_schedules) {
  BOOST_TEST(schedule("beta", 138).size() == 139U);
  BOOST_TEST(schedule("beta", 150).size() == 150U);
  BOOST_TEST(schedule("beta", 200).size() == 200U);
}

BOOST_AUTO_TEST_CASE(ddim_uniform_is_as_long_as_its_stride_makes_it) {
  for (const auto& [steps, length] : std::vector<std::pair<int, std::size_t>>{{20, 21},
                                                                              {7, 9},
                                                                              {12, 14},
                                                                              {15, 17},
                                                                              {21, 23},
                                                                              {30, 32},
                                                                              {35, 37},
                                                                              {60, 64},
                                                                              {80, 85},
                                                                              {150, 168},
                                                                              {5000, 1000}})
    BOOST_TEST(schedule("ddim_uniform", steps).size() == length);
}

BOOST_AUTO_TEST_CASE(ays_of_ten_steps_is_its_table_and_others_interpolate_logarithms) {
  check_close(schedule("AYS SD1", 10),
              {14.6146412293, 6.4745760956, 3.8636745985, 2.6946151520, 1.8841921177, 1.3943805092,
               0.9642583904, 0.6523686016, 0.3977456272, 0.1515232662, 0},
              1e-7);
  check_close(schedule("AYS SDXL", 10),
              {14.6146412293, 6.3184485287, 3.7681790315, 2.1811480769, 1.3405244945, 0.8620721141,
               0.5550693289, 0.3798540708, 0.2332364134, 0.1114188177, 0},
              1e-7);
  check_close(schedule("AYS SVD", 5), {700, 15.886, 4.248, 0.981, 0.173, 0}, 1e-6);
  check_close({schedule("AYS SVD", 20)[1]}, {std::sqrt(700 * 54.5)}, 1e-6);
}

BOOST_AUTO_TEST_CASE(gits_has_rows_up_to_twenty_and_interpolates_beyond) {
  check_close(schedule("GITS[coeff=1.2]", 2), {14.61464119, 0.803307, 0}, 1e-7);
  BOOST_TEST(schedule("GITS[coeff=1.2]", 20)[19] == 0.09824532F);
  const std::vector<float> forty = schedule("GITS[coeff=1.2]", 40);
  const std::vector<float> twenty = schedule("GITS[coeff=1.2]", 20);
  BOOST_TEST(forty.size() == 41U);
  for (int i = 0; i < 20; ++i) BOOST_TEST(std::abs(forty[2 * i] - twenty[i]) < 2e-6 * twenty[i]);
}

BOOST_AUTO_TEST_CASE(a_single_step_is_the_references) {
  for (const std::string name : {"simple", "normal", "sgm_uniform", "karras", "exponential", "beta",
                                 "linear_quadratic", "AYS SD1", "AYS SDXL"})
    BOOST_TEST_CONTEXT(name) { check_close(schedule(name, 1), {14.6146412, 0}, 3e-7); }
  BOOST_TEST(schedule("GITS[coeff=1.2]", 1) == (std::vector<float>{0.09824532F, 0}));
  BOOST_TEST(schedule("ddim_uniform", 1) == (std::vector<float>{0.0413144119F, 0}));
}

BOOST_AUTO_TEST_CASE(every_schedule_falls_to_zero) {
  for (const std::string& name : scheduler_list()) {
    for (const int steps : {2, 3, 5, 10, 20, 21, 47, 150}) {
      BOOST_TEST_CONTEXT(name << " " << steps) {
        const at::Tensor sigmas = make_schedule(levels, name, "euler", steps);
        BOOST_TEST(sigmas.scalar_type() == at::kFloat);
        BOOST_TEST((sigmas.diff() < 0).all().item<bool>());
        BOOST_TEST(sigmas[-1].item<float>() == 0);
        if (name != "ddim_uniform" && name != "beta") BOOST_TEST(sigmas.numel() == steps + 1);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(some_samplers_drop_the_second_to_last_level) {
  for (const std::string sampler : {"dpm_2", "dpm_2_ancestral", "uni_pc", "uni_pc_bh2"}) {
    std::vector<float> longer = schedule("karras", 9);
    longer.erase(longer.end() - 2);
    BOOST_TEST(schedule("karras", 8, sampler) == longer);
  }
  BOOST_TEST(schedule("karras", 8, "heun") == schedule("karras", 8));
}

BOOST_AUTO_TEST_CASE(a_job_may_name_exactly_the_schedulers_there_are) {
  BOOST_TEST(scheduler_names() == scheduler_list());
}

BOOST_AUTO_TEST_CASE(unknown_schedulers_and_impossible_steps_are_refused) {
  check_refused(BURIN_E_UNSUPPORTED, "\"Karras\"", [] { schedule("Karras", 5); });
  check_refused(BURIN_E_UNSUPPORTED, "AYS SDXL", [] { schedule("", 5); });
  check_refused(BURIN_E_INVALID, "0 steps", [] { schedule("karras", 0); });
  check_refused(BURIN_E_INVALID, "-1 steps", [] { schedule("karras", -1); });
  check_refused(BURIN_E_INVALID, "1 to 1000000", [] { schedule("karras", 1000001); });
  check_refused(BURIN_E_INVALID, "at least 2", [] { schedule("kl_optimal", 1); });
}

BOOST_AUTO_TEST_CASE(a_run_takes_the_end_of_a_longer_schedule) {
  const RunSchedule run = detailer_schedule(levels, "karras", "euler", 8, 0.3);  // 26 steps in all
  const std::vector<float> whole = schedule("karras", 26);
  BOOST_TEST(values_of(run.sigmas) == (std::vector<float>(whole.end() - 9, whole.end())));
  BOOST_TEST(run.range_min == whole[25]);
  BOOST_TEST(run.range_max == whole[0]);
  BOOST_TEST(values_of(detailer_schedule(levels, "karras", "euler", 8, 1).sigmas) ==
             schedule("karras", 8));
}

BOOST_AUTO_TEST_CASE(a_longer_schedule_is_cut_and_its_forced_zero_is_not_in_the_range) {
  const std::vector<float> whole = schedule("ddim_uniform", 7);  // 9 levels
  const RunSchedule run = detailer_schedule(levels, "ddim_uniform", "euler", 7, 1);
  std::vector<float> expected(whole.begin(), whole.begin() + 8);
  expected[7] = 0;
  BOOST_TEST(values_of(run.sigmas) == expected);
  BOOST_TEST(run.range_min == whole[6]);
  const std::vector<float> longer = schedule("ddim_uniform", 150);  // 168 levels
  const RunSchedule part = detailer_schedule(levels, "ddim_uniform", "euler", 75, 0.5);
  BOOST_TEST(part.sigmas.numel() == 76);
  BOOST_TEST(part.sigmas[0].item<float>() == longer[75]);
  BOOST_TEST(part.range_min == longer.end()[-2]);
}

BOOST_AUTO_TEST_CASE(a_shorter_schedule_gives_fewer_steps_or_none) {
  BOOST_TEST(detailer_schedule(levels, "beta", "euler", 20, 0.1).sigmas.numel() == 20);
  BOOST_TEST(detailer_schedule(levels, "beta", "euler", 20, 0.001).sigmas.numel() == 0);
  BOOST_TEST(detailer_schedule(levels, "ddim_uniform", "euler", 20, 0.001).sigmas.numel() == 0);
}

BOOST_AUTO_TEST_CASE(denoise_outside_its_range_is_refused) {
  for (const double denoise : {0.0, -0.5, 1.01, std::numeric_limits<double>::quiet_NaN()})
    check_refused(BURIN_E_INVALID, "denoise is",
                  [&] { detailer_schedule(levels, "karras", "euler", 8, denoise); });
  check_refused(BURIN_E_INVALID, "8 steps at denoise",
                [] { detailer_schedule(levels, "karras", "euler", 8, 1e-9); });
  check_refused(BURIN_E_INVALID, "0 steps",
                [] { detailer_schedule(levels, "karras", "euler", 0, 0.5); });
}

BOOST_AUTO_TEST_CASE(given_levels_are_a_run_as_they_are) {
  const RunSchedule run = given_schedule({9.5, 3, 0.25, 0});
  BOOST_TEST(values_of(run.sigmas) == (std::vector<float>{9.5F, 3, 0.25F, 0}));
  BOOST_TEST(run.range_min == 0.25);
  BOOST_TEST(run.range_max == 9.5);
  check_refused(BURIN_E_INVALID, "at least two", [] { given_schedule({1}); });
}

BOOST_AUTO_TEST_SUITE_END()
