// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Samplers that are modules: Euler by hand gives what the built-in one gives, and every way of
// breaking the contract ends in one failed segment.
#include "detail/sampler_module.hpp"

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>
#include <limits>
#include <vector>

#include "burin/ext/params.h"
#include "burin/role/sampler.h"
#include "support/detail_run.hpp"
#include "support/expect_error.hpp"
#include "support/module_host.hpp"

namespace burin::test {
namespace {

using nlohmann::json;

enum class Way {
  right,
  no_steps,
  same_step_twice,
  level_zero,
  wrong_shape,
  swallows,
  says_no,
  nan
};
Way way = Way::right;
int asked_both = 0;

burin_status create(const burin_host* host, const char*, void** self) {
  *self = const_cast<burin_host*>(host);
  return BURIN_OK;
}
void destroy(void*) {}

// Euler's method (Karras et al. 2022), wrong in one way.
burin_status sample(void* self, const burin_sampler_host* host, const double* sigmas,
                    std::uint32_t steps, DLTensor* x) {
  if (way == Way::says_no) {
    const auto* burin = static_cast<const burin_host*>(self);
    burin->set_error(burin, "This sampler is on strike.");
    return BURIN_E_UNSUPPORTED;
  }
  std::size_t values = 1;
  for (int d = 0; d < x->ndim; ++d) values *= static_cast<std::size_t>(x->shape[d]);
  std::vector<float> predicted(values), plain(values);
  DLTensor out = *x, unconditional = *x;
  out.data = predicted.data();
  unconditional.data = plain.data();
  if (way == Way::wrong_shape) out.ndim = 3;
  auto* latent = static_cast<float*>(x->data);
  for (std::uint32_t i = 0; i < steps; ++i) {
    burin_status status = BURIN_OK;
    const double level = way == Way::level_zero ? 0 : sigmas[i];
    if (host->denoise_both) {
      ++asked_both;
      status = host->denoise_both(host->ctx, x, level, &out, &unconditional);
    } else {
      status = host->denoise(host->ctx, x, level, &out);
    }
    if (status != BURIN_OK && way != Way::swallows) return status;
    const auto ratio = static_cast<float>((sigmas[i + 1] - sigmas[i]) / sigmas[i]);
    for (std::size_t k = 0; k < values; ++k) latent[k] += (latent[k] - predicted[k]) * ratio;
    if (way == Way::no_steps) continue;
    status = host->step_done(host->ctx, way == Way::same_step_twice ? 1 : i + 1, &out);
    if (status != BURIN_OK && way != Way::swallows) return status;
  }
  if (way == Way::nan) latent[0] = std::numeric_limits<float>::quiet_NaN();
  return BURIN_OK;
}

double strength = 0;
const burin_param strength_param =
    number_param(BURIN_PARAM_INT, "strength", "Strength", "How strong.", 1, 9);
const burin_param* const params_list[] = {&strength_param};
const burin_params sampler_params = {
    sizeof(burin_params), 1, params_list,
    [](void*, const char*, const burin_param_value* value) -> burin_status {
      strength = value->number;
      return BURIN_OK;
    },
    nullptr};

const burin_sampler sampler_role = {sizeof(burin_sampler), create, destroy, sample};

Ran run_with(const json& job, core::Run run = {}) {
  RunOptions options;
  options.host =
      module_host({{BURIN_SAMPLER_ID, "org.test.euler", &sampler_role, &sampler_params}});
  options.run = std::move(run);
  return run_job(job, three_faces(), std::move(options));
}

json job_with(const char* sampler, double cfg = 1) {
  json job = two_faces_job(3);
  job["detailer"]["sampler_name"] = sampler;
  job["detailer"]["cfg"] = cfg;
  job["detailer"]["scheduler"] = "karras";
  return job;
}

struct RightAgain {
  ~RightAgain() { way = Way::right; }
};

std::string fault(Way wrong) {
  const RightAgain again;
  way = wrong;
  const Ran ran = run_with(job_with("org.test.euler"));
  BOOST_TEST(ran.report["layers"][0]["status"] == "failed");
  BOOST_TEST(ran.report["layers"][1]["status"] == "failed");
  BOOST_TEST(cv::norm(ran.flattened, three_faces(), cv::NORM_INF) == 0);
  return ran.report["layers"][0]["message"];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sampler_modules)

BOOST_AUTO_TEST_CASE(a_module_that_does_what_euler_does_gives_what_euler_gives) {
  const Ran built_in = run_with(job_with("euler")), module = run_with(job_with("org.test.euler"));
  BOOST_TEST(module.report["layers"][0]["status"] == "done");
  for (std::size_t i = 0; i < 2; ++i)
    BOOST_TEST(cv::norm(built_in.colours(i), module.colours(i), cv::NORM_INF) < 1e-4);
}

BOOST_AUTO_TEST_CASE(the_unconditional_prediction_is_offered_where_it_is_made_anyway) {
  asked_both = 0;
  run_with(job_with("org.test.euler"));
  BOOST_TEST(asked_both == 0);
  // The embedded model knows no guidance; what is not there is not offered.
  const Ran guided = run_with(job_with("org.test.euler", 2));
  BOOST_TEST(asked_both > 0);
  BOOST_TEST(guided.report["layers"][0]["status"] == "done");
}

BOOST_AUTO_TEST_CASE(each_fault_is_named_and_keeps_the_original) {
  BOOST_TEST(holds(fault(Way::no_steps), "ended 0 of 3 steps"));
  BOOST_TEST(holds(fault(Way::same_step_twice), "ended step 1 after step 1 of 3"));
  BOOST_TEST(holds(fault(Way::level_zero), "asked for the level 0"));
  BOOST_TEST(holds(fault(Way::wrong_shape), "no float32 tensor of the latent's shape"));
  BOOST_TEST(holds(fault(Way::says_no), "This sampler is on strike."));
  BOOST_TEST(holds(fault(Way::nan), "not numbers"));
}

BOOST_AUTO_TEST_CASE(a_cancel_that_a_module_swallows_ends_the_run_all_the_same) {
  const RightAgain again;
  way = Way::swallows;
  core::Run run;
  int asked = 0;
  run.cancelled = [&] { return ++asked > 8; };
  sentence_of(BURIN_E_CANCELLED, [&] { run_with(job_with("org.test.euler"), run); });
}

BOOST_AUTO_TEST_CASE(its_parameters_stand_beside_its_name) {
  json job = job_with("org.test.euler");
  job["detailer"]["sampler_params"] = {{"strength", 3}};
  BOOST_TEST(run_with(job).report["layers"][0]["status"] == "done");
  BOOST_TEST(strength == 3);
  job["detailer"]["sampler_params"] = {{"strength", "high"}};
  BOOST_TEST(holds(sentence_of(BURIN_E_JOB, [&] { run_with(job); }), "a whole number from 1 to 9"));
  job["detailer"]["sampler_name"] = "euler";
  BOOST_TEST(holds(sentence_of(BURIN_E_JOB, [&] { run_with(job); }),
                   "sampler_params is given for \"euler\""));
}

BOOST_AUTO_TEST_CASE(a_module_that_is_not_there_ends_the_job) {
  BOOST_TEST(holds(sentence_of(BURIN_E_NOT_FOUND, [] { run_with(job_with("org.test.nowhere")); }),
                   "There is no module 'org.test.nowhere'"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
