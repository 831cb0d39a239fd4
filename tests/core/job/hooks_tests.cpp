// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Hooks of a job: what is read, refused and written back.
#include "job/hooks.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "job/job.hpp"
#include "runtime/error.hpp"

using namespace burin::core;
using nlohmann::json;

namespace {

std::vector<Hook> hooks_of(const std::string& list) {
  return parse_job("{\"hooks\": " + list + "}", "").hooks;
}

struct Refused {
  std::string hooks, words;
};
std::ostream& operator<<(std::ostream& out, const Refused& refused) { return out << refused.hooks; }

const std::vector<Refused> refused_hooks{
    {R"({})", "job: hooks is an"},
    {R"([3])", "job: hooks[0] is 3; expected an object"},
    {R"([{}])", "job: hooks[0].type is missing; expected one of denoise_schedule"},
    {R"([{"type": "preview"}, {"type": "preveiw"}])", "job: hooks[1].type is \"preveiw\""},
    {R"([{"type": "denoise_schedule"}])", "job: hooks[0].target is missing"},
    {R"([{"type": "denoise_schedule", "target": 0}])", "job: hooks[0].target is 0"},
    {R"([{"type": "denoise_schedule", "target": 1.1}])", "job: hooks[0].target is 1.1"},
    {R"([{"type": "cfg_schedule", "target": 101}])", "job: hooks[0].target is 101"},
    {R"([{"type": "steps_schedule", "target": 0}])", "job: hooks[0].target is 0"},
    {R"([{"type": "cfg_schedule", "target": 5, "seed": 1}])", "job: hooks[0].seed"},
    {R"([{"type": "noise_injection", "seed": -1}])", "job: hooks[0].seed is -1"},
    {R"([{"type": "noise_injection", "start_strength": 201}])", "start_strength is 201"},
    {R"([{"type": "variation"}])", "job: hooks[0].strength is missing"},
    {R"([{"type": "variation", "strength": 2}])", "job: hooks[0].strength is 2"},
    {R"([{"type": "unsampler", "sampler_name": "euler_ancestral"}])",
     "job: hooks[0].sampler_name is \"euler_ancestral\""},
    {R"([{"type": "unsampler", "scheduler": "x"}])", "job: hooks[0].scheduler is \"x\""},
    {R"([{"type": "unsampler", "steps": 0}])", "job: hooks[0].steps is 0"},
    {R"([{"type": "black_patch_retry", "attempts": 11}])", "job: hooks[0].attempts is 11"},
    {R"([{"type": "preview", "every": 0}])", "job: hooks[0].every is 0"},
    {R"([{"type": "module"}])", "job: hooks[0].id is missing"},
    {R"([{"type": "module", "id": ""}])", "job: hooks[0].id is missing"},
    {R"([{"type": "module", "id": "a.b", "params": 3}])", "job: hooks[0].params is 3"},
    {R"([{"type": "module", "id": "a.b", "attempts": 11}])", "job: hooks[0].attempts is 11"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(hooks)

BOOST_AUTO_TEST_CASE(every_kind_is_read_and_written_back) {
  const std::string list = R"([
    {"type": "denoise_schedule", "target": 0.3}, {"type": "cfg_schedule", "target": 4},
    {"type": "steps_schedule", "target": 6},
    {"type": "noise_injection", "seed": 18446744073709551615, "start_strength": 0.5,
     "end_strength": 0.25, "from_start": true},
    {"type": "variation", "seed": 3, "strength": 0.2},
    {"type": "unsampler", "steps": 9, "start_end_at_step": 2, "end_end_at_step": 7, "cfg": 1.5,
     "sampler_name": "heun", "scheduler": "karras", "normalize": true, "positive": "a",
     "negative": "b", "from_start": true},
    {"type": "black_patch_retry", "mean": 8, "deviation": 2, "attempts": 1},
    {"type": "preview", "every": 2},
    {"type": "module", "id": "org.example.hook", "params": {"a": 1, "b": "c"}, "attempts": 0}])";
  const std::vector<Hook> read = hooks_of(list);
  BOOST_REQUIRE(read.size() == 9U);
  BOOST_TEST(hooks_to_json(read) == json::parse(list));
  BOOST_TEST(std::get<NoiseInjectionHook>(read[3]).seed == UINT64_MAX);
  const Job job = parse_job("{\"hooks\": " + list + "}", "");
  const Job again = parse_job(job_to_json(job, resolve_settings(job, nullptr)).dump(), "");
  BOOST_TEST(hooks_to_json(again.hooks) == hooks_to_json(read));
}

BOOST_AUTO_TEST_CASE(a_name_with_a_dot_is_a_module) {
  const auto scheduler = [](const std::string& name) {
    const Job job = parse_job(R"({"detailer": {"scheduler": ")" + name + "\"}}", "");
    return resolve_settings(job, nullptr).scheduler;
  };
  BOOST_TEST(scheduler("org.example.curve") == "org.example.curve");
  BOOST_TEST(scheduler("GITS[coeff=1.2]") == "GITS[coeff=1.2]");
  for (const char* name : {"karas", "GITS[coeff=1.3]", "org.Example"})
    BOOST_CHECK_THROW(scheduler(name), Error);
  const Job job =
      parse_job(R"({"detect": {"detector": "yolo", "params": {"model": "a.onnx"}}})", "");
  BOOST_TEST(job.detect.params == json::parse(R"({"model": "a.onnx"})"));
  const Job sampled = parse_job(R"({"detailer": {"sampler_name": "org.example.euler"}})", "");
  BOOST_TEST(resolve_settings(sampled, nullptr).sampler == "org.example.euler");
}

BOOST_AUTO_TEST_CASE(absent_null_and_empty_hooks_are_none) {
  for (const std::string list : {"null", "[]"}) BOOST_TEST(hooks_of(list).empty());
  BOOST_TEST(parse_job("{}", "").hooks.empty());
}

BOOST_DATA_TEST_CASE(what_is_wrong_is_refused_by_its_place, refused_hooks) {
  BOOST_CHECK_EXCEPTION(hooks_of(sample.hooks), Error, [&](const Error& e) {
    BOOST_TEST_INFO(e.what());
    return e.status() == BURIN_E_JOB &&
           std::string(e.what()).find(sample.words) != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(too_many_hooks_are_refused) {
  json list = json::array();
  for (int i = 0; i < 33; ++i) list.push_back({{"type", "preview"}});
  BOOST_CHECK_THROW(hooks_of(list.dump()), Error);
}

BOOST_AUTO_TEST_CASE(schedules_of_what_given_levels_replace_are_refused) {
  for (const std::string type : {"denoise_schedule", "steps_schedule"})
    BOOST_CHECK_THROW(parse_job(R"({"detailer": {"sigmas": [2, 0]}, "hooks": [{"type": ")" + type +
                                    R"(", "target": 1}]})",
                                ""),
                      Error);
  parse_job(R"({"detailer": {"sigmas": [2, 0]}, "hooks": [{"type": "cfg_schedule", "target": 1}]})",
            "");
}

BOOST_AUTO_TEST_CASE(modules_of_other_roles_keep_what_the_job_says) {
  const Job job = parse_job(R"({
    "detect": {"segmenter": {"id": "org.example.outline", "params": {"size": 2}, "threshold": 0.5}},
    "upscaler": {"id": "org.example.twice"},
    "paste": {"blender": {"id": "org.example.poisson", "params": {"model": "m"}}}})",
                            "/jobs");
  for (const Job& read :
       {job, parse_job(job_to_json(job, resolve_settings(job, nullptr)).dump(), "/jobs")}) {
    BOOST_TEST(read.detect.segmenter->module.id == "org.example.outline");
    BOOST_TEST(read.detect.segmenter->module.params == json::parse(R"({"size": 2})"));
    BOOST_TEST(read.detect.segmenter->threshold.value() == 0.5);
    BOOST_TEST(read.upscaler->id == "org.example.twice");
    BOOST_TEST(read.blender->params == json::parse(R"({"model": "m"})"));
    BOOST_TEST(read.blender->base_dir.string() == "/jobs");
  }
  for (const char* wrong :
       {R"({"detect": {"segmenter": {}}})", R"({"detect": {"segmenter": {"id": "a", "x": 1}}})",
        R"({"detect": {"segmenter": {"id": "a", "threshold": 2}}})",
        R"({"paste": {"blender": {"id": ""}}})", R"({"paste": {"blender": "a"}})",
        R"({"semantics": "foreach", "paste": {"blender": {"id": "a"}}})"})
    BOOST_TEST_CONTEXT(wrong) BOOST_CHECK_THROW(parse_job(wrong, ""), Error);
}

BOOST_AUTO_TEST_SUITE_END()
