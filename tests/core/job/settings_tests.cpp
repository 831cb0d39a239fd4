// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Which value a detailer setting gets, and writing the whole job.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "job/job.hpp"
#include "support/expect_error.hpp"

using namespace burin::core;
using burin::test::holds;
using burin::test::sentence_of;
using nlohmann::json;

BOOST_AUTO_TEST_SUITE(resolve_settings_)

BOOST_AUTO_TEST_CASE(prefers_the_job_then_the_model_then_the_defaults) {
  const Job job = parse_job(R"({"detailer": {"steps": 7, "sampler_name": "euler"}})", "");
  const json model = {{"steps", 16},           {"cfg", 1.0},
                      {"sampler", "dpmpp_2m"}, {"scheduler", "karras"},
                      {"crop_factor", 1.5},    {"guide_size_for", "crop_region"},
                      {"later_key", {1, 2}}};
  const DetailerSettings settings = resolve_settings(job, model);
  BOOST_TEST(settings.steps == 7);
  BOOST_TEST(settings.sampler == "euler");
  BOOST_TEST(settings.cfg == 1.0);
  BOOST_TEST(settings.scheduler == "karras");
  BOOST_TEST(!settings.guide_size_for_bbox);
  BOOST_TEST(settings.denoise == 0.5);
  BOOST_TEST(settings.max_size == 768);
}

BOOST_AUTO_TEST_CASE(takes_the_models_sampler_under_both_names) {
  const Job job = parse_job("{}", "");
  BOOST_TEST(resolve_settings(job, {{"sampler", "dpmpp_2m"}}).sampler == "dpmpp_2m");
  BOOST_TEST(resolve_settings(job, {{"sampler_name", "ddim"}}).sampler == "ddim");
  BOOST_TEST(resolve_settings(job, nullptr).sampler == "euler");
}

BOOST_AUTO_TEST_CASE(drops_gpu_from_sampler_names) {
  const Job job = parse_job(R"({"detailer": {"sampler_name": "dpmpp_2m_sde_gpu"}})", "");
  BOOST_TEST(resolve_settings(job, nullptr).sampler == "dpmpp_2m_sde");
}

BOOST_AUTO_TEST_CASE(keeps_the_largest_seed) {
  const Job job = parse_job(R"({"detailer": {"seed": 18446744073709551615}})", "");
  BOOST_TEST(resolve_settings(job, nullptr).seed == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(blames_the_model_for_a_bad_recommendation) {
  const Job job = parse_job("{}", "");
  BOOST_TEST(sentence_of(BURIN_E_MODEL, [&] {
               resolve_settings(job, {{"steps", -3}});
             }) == "the model's recommended steps is -3; expected a whole number from 1 to 10000");
  BOOST_TEST(holds(sentence_of(BURIN_E_MODEL, [&] { resolve_settings(job, json::array()); }),
                   "settings are an empty list; expected an object"));
  BOOST_TEST(holds(sentence_of(BURIN_E_MODEL,
                               [&] {
                                 resolve_settings(job, {{"sampler", "dpm_unheard"}});
                               }),
                   "recommended sampler_name is \"dpm_unheard\"; expected one of "));
}

BOOST_AUTO_TEST_CASE(given_levels_set_the_number_of_steps) {
  const Job job = parse_job(R"({"detailer": {"sigmas": [9, 3.5, 1, 1, 0], "steps": 30}})", "");
  const DetailerSettings settings = resolve_settings(job, nullptr);
  BOOST_TEST(settings.sigmas == (std::vector<double>{9, 3.5, 1, 1, 0}));
  BOOST_TEST(settings.steps == 4);
  const json complete = job_to_json(job, settings);
  BOOST_TEST(complete["detailer"]["sigmas"] == json({9, 3.5, 1, 1, 0}));
  BOOST_TEST(resolve_settings(parse_job(complete.dump(), ""), nullptr).sigmas == settings.sigmas);
  BOOST_TEST(resolve_settings(parse_job("{}", ""), nullptr).sigmas.empty());
}

BOOST_DATA_TEST_CASE(accepts_every_scheduler_it_offers, scheduler_names()) {
  const json job = {{"detailer", {{"scheduler", sample}}}};
  BOOST_TEST(resolve_settings(parse_job(job.dump(), ""), nullptr).scheduler == sample);
}

BOOST_DATA_TEST_CASE(accepts_every_sampler_it_offers, sampler_names()) {
  const json job = {{"detailer", {{"sampler_name", sample}}}};
  BOOST_TEST(resolve_settings(parse_job(job.dump(), ""), nullptr).sampler == sample);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(job_to_json_)

BOOST_AUTO_TEST_CASE(makes_every_path_absolute) {
  const Job job = parse_job(
      R"({"image": "../a.png", "model": {"checkpoint": "m.st", "vae": "/v.st"}, "output": {"image": "out/b.png"},
          "segs": [{"bbox": [0, 0, 9, 9], "mask": {"file": "m.png"}},
                   {"bbox": [0, 0, 9, 9], "mask": {"tensor": "m.safetensors", "key": "k"}},
                   {"bbox": [0, 0, 9, 9]}]})",
      "/jobs/one");
  const json written = job_to_json(job, resolve_settings(job, nullptr));
  BOOST_TEST(written["image"] == "/jobs/a.png");
  BOOST_TEST(written["model"]["checkpoint"] == "/jobs/one/m.st");
  BOOST_TEST(written["model"]["vae"] == "/v.st");
  BOOST_TEST(written["output"]["image"] == "/jobs/one/out/b.png");
  BOOST_TEST(written["segs"][0]["mask"]["file"] == "/jobs/one/m.png");
  BOOST_TEST(written["segs"][1]["mask"]["tensor"] == "/jobs/one/m.safetensors");
  BOOST_TEST(!written["segs"][2].contains("mask"));
  BOOST_TEST(!written.contains("detect"));
}

BOOST_AUTO_TEST_CASE(starts_relative_folders_in_the_working_folder) {
  const Job job = parse_job(R"({"image": "a.png"})", "");
  BOOST_TEST(resolve_path(job, "a.png") == std::filesystem::current_path() / "a.png");
}

BOOST_AUTO_TEST_CASE(comes_back_the_same_through_the_parser) {
  for (
      const char* text :
      {R"({})",
       R"({"semantics": "impact", "segs": "x.json", "only": [2], "detailer": {"seed": 18446744073709551615}})",
       R"({"detailer": {"scheduler": "org.x", "scheduler_params": {"rho": 7}, "sampler_name": "org.y", "sampler_params": {}}})",
       R"({"selection": {"file": "s.png", "drop_size": 0}, "paste": {"feather": 0.25, "colour_guard": false}})",
       R"({"refiner": {"checkpoint": "r.st", "negative": "n"}, "model": {"text_encoders": ["l.st", "/g.st"]}})",
       R"({"prompt": {"mask": {"rect": [-5, 0, 9, 7], "strength": 0.5}}, "detailer": {"inpaint_model": true}})",
       R"({"detect": {"crop_factor": 1.5, "shape": "box", "dilation": -4}, "model": {"clip_skip": -24}})"}) {
    const Job job = parse_job(text, "/jobs");
    const json written = job_to_json(job, resolve_settings(job, {{"steps", 16}}));
    const Job again = parse_job(written.dump(), "/elsewhere");
    BOOST_TEST(job_to_json(again, resolve_settings(again, nullptr)) == written);
    BOOST_TEST(written["detailer"]["steps"] == 16);
    BOOST_TEST(written["detailer"].size() == 19u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
