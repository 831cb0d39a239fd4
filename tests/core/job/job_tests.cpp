// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Parsing jobs: every key, every default, every way to be refused.
#include "job/job.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "support/expect_error.hpp"

using namespace burin::core;
using burin::test::holds;
using burin::test::sentence_of;

namespace {

struct Refusal {
  const char* job;
  burin_status status;
  const char* sentence;  // a part of it
};

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) { return out << refusal.job; }

const Refusal refusals[] = {
    // keys
    {R"({"detailer": {"stepz": 4}})", BURIN_E_JOB,
     "job: detailer.stepz is not a known key; did you mean steps?"},
    {R"({"semantic": "impact"})", BURIN_E_JOB,
     "job: semantic is not a known key; did you mean semantics?"},
    {R"({"output": {"zzzzzzzz": "x"}})", BURIN_E_JOB,
     "job: output.zzzzzzzz is not a known key; expected one of image, layers"},
    {R"({"Detailer": {}})", BURIN_E_JOB, "did you mean detailer?"},
    {R"({"paste": {"color_guard": true}})", BURIN_E_JOB, "did you mean colour_guard?"},
    {R"({"prompt": {"postive": ""}})", BURIN_E_JOB,
     "job: prompt.postive is not a known key; did you mean positive?"},
    {R"({"detect": {"treshold": 0.5}})", BURIN_E_JOB, "did you mean threshold?"},
    {R"({"selection": {"file": "a.png", "fill": true}})", BURIN_E_JOB,
     "job: selection.fill is not a known key"},
    {R"({"model": {"ckpt": "a"}})", BURIN_E_JOB, "job: model.ckpt is not a known key"},
    {R"({"segs": [{"bbox": [0, 0, 9, 9], "lable": "x"}]})", BURIN_E_JOB,
     "job: SEG 1: lable is not a known key; did you mean label?"},
    // types
    {"[]", BURIN_E_JOB, "the job is an empty list; expected an object"},
    {"7", BURIN_E_JOB, "the job is 7; expected an object"},
    {R"({"detailer": 3})", BURIN_E_JOB, "job: detailer is 3; expected an object"},
    {R"({"detailer": {"steps": "20"}})", BURIN_E_JOB,
     "job: detailer.steps is \"20\"; expected a whole number from 1 to 10000"},
    {R"({"detailer": {"steps": 20.5}})", BURIN_E_JOB,
     "job: detailer.steps is 20.5; expected a whole number"},
    {R"({"detailer": {"steps": true}})", BURIN_E_JOB, "job: detailer.steps is true; expected"},
    {R"({"detailer": {"noise_mask": 1}})", BURIN_E_JOB,
     "job: detailer.noise_mask is 1; expected true or false"},
    {R"({"detailer": {"cfg": [1]}})", BURIN_E_JOB,
     "job: detailer.cfg is a list of 1; expected a number"},
    {R"({"detailer": {"guide_size_for": true}})", BURIN_E_JOB,
     "job: detailer.guide_size_for is true; expected \"bbox\" or \"crop_region\""},
    {R"({"image": {}})", BURIN_E_JOB, "job: image is an empty object; expected a path"},
    {R"({"image": ""})", BURIN_E_JOB, "job: image is \"\"; expected a path of 1 to 4095 bytes"},
    {R"({"semantics": "comfy"})", BURIN_E_JOB,
     "job: semantics is \"comfy\"; expected \"burin\" or \"impact\""},
    {R"({"prompt": {"positive": ["a"]}})", BURIN_E_JOB,
     "job: prompt.positive is a list of 1; expected text"},
    {R"({"only": 3})", BURIN_E_JOB, "job: only is 3; expected a list"},
    {R"({"only": [1, 0]})", BURIN_E_JOB, "job: only[1] is 0; expected a whole number from 1"},
    {R"({"only": [null]})", BURIN_E_JOB, "job: only[0] is null; expected a whole number from 1"},
    {R"({"loras": {}})", BURIN_E_JOB, "job: loras is an empty object; expected a list"},
    {R"({"loras": [{"model_strength": 1}]})", BURIN_E_JOB, "job: loras[0].file is missing"},
    {R"({"loras": ["a.safetensors"]})", BURIN_E_JOB, "job: loras[0] is"},
    {R"({"loras": [{"file": "a", "strength": 1}]})", BURIN_E_JOB, "model_strength"},
    {R"({"loras": [{"file": "a", "clip_strength": 1e300}]})", BURIN_E_JOB,
     "job: loras[0].clip_strength"},
    {R"({"paths": {"loras": "here"}})", BURIN_E_JOB, "job: paths.loras is"},
    {R"({"paths": {"lora": []}})", BURIN_E_JOB, "paths.lora"},
    {R"({"segs": 5})", BURIN_E_JOB, "job: segs is 5; expected a list of SEGS or the path"},
    {R"({"segs": [5]})", BURIN_E_JOB, "job: SEG 1: is 5; expected an object"},
    // ranges
    {R"({"detailer": {"steps": 0}})", BURIN_E_JOB,
     "job: detailer.steps is 0; expected a whole number from 1 to 10000"},
    {R"({"detailer": {"steps": 10001}})", BURIN_E_JOB, "is 10001; expected"},
    {R"({"detailer": {"denoise": 0}})", BURIN_E_JOB,
     "job: detailer.denoise is 0; expected a number from 0.0001 to 1"},
    {R"({"detailer": {"denoise": 1.0001}})", BURIN_E_JOB,
     "job: detailer.denoise is 1.0001; expected"},
    {R"({"detailer": {"cfg": -1}})", BURIN_E_JOB,
     "job: detailer.cfg is -1; expected a number from 0.0 to 100.0"},
    {R"({"detailer": {"cfg": 1e300}})", BURIN_E_JOB, "job: detailer.cfg is 1e+300; expected"},
    {R"({"detailer": {"guide_size": 0}})", BURIN_E_JOB, "job: detailer.guide_size is 0; expected"},
    {R"({"detailer": {"max_size": 1e9}})", BURIN_E_JOB,
     "job: detailer.max_size is 1000000000.0; expected"},
    {R"({"detailer": {"batch_size": 101}})", BURIN_E_JOB,
     "job: detailer.batch_size is 101; expected"},
    {R"({"detailer": {"cycle": 11}})", BURIN_E_JOB, "job: detailer.cycle is 11; expected"},
    {R"({"detailer": {"refiner_ratio": 2}})", BURIN_E_JOB,
     "job: detailer.refiner_ratio is 2; expected"},
    {R"({"detailer": {"noise_mask_feather": 101}})", BURIN_E_JOB,
     "job: detailer.noise_mask_feather is 101; expected"},
    {R"({"detailer": {"seed": -1}})", BURIN_E_JOB,
     "job: detailer.seed is -1; expected a whole number from 0 to 18446744073709551615"},
    {R"({"detailer": {"seed": 18446744073709551616}})", BURIN_E_JOB,
     "job: detailer.seed is 1.8446744073709552e+19"},
    {R"({"detailer": {"seed": 0.5}})", BURIN_E_JOB, "job: detailer.seed is 0.5; expected"},
    {R"({"detailer": {"seed": "7"}})", BURIN_E_JOB, "job: detailer.seed is \"7\"; expected"},
    {R"({"model": {"clip_skip": 0}})", BURIN_E_JOB,
     "job: model.clip_skip is 0; expected a whole number from -24 to -1"},
    {R"({"paste": {"alpha": 256}})", BURIN_E_JOB,
     "job: paste.alpha is 256; expected a whole number from 0 to 255"},
    {R"({"paste": {"feather": -1}})", BURIN_E_JOB,
     "job: paste.feather is -1; expected a number from 0.0 to 1000.0"},
    {R"({"semantics": "impact", "paste": {"feather": 1.5}})", BURIN_E_JOB,
     "job: paste.feather is 1.5; expected a whole number"},
    {R"({"detect": {"threshold": 1.5}})", BURIN_E_JOB,
     "job: detect.threshold is 1.5; expected a number from 0.0 to 1.0"},
    {R"({"detect": {"dilation": 513}})", BURIN_E_JOB, "job: detect.dilation is 513; expected"},
    {R"({"detect": {"crop_factor": 0.5}})", BURIN_E_JOB,
     "job: detect.crop_factor is 0.5; expected"},
    {R"({"detect": {"shape": "star"}})", BURIN_E_JOB,
     "job: detect.shape is \"star\"; expected \"ellipse\" or \"box\""},
    {R"({"detect": {"max_count": -1}})", BURIN_E_JOB, "job: detect.max_count is -1; expected"},
    {R"({"detect": {"detector": ""}})", BURIN_E_JOB,
     "job: detect.detector is \"\"; expected the name of a detector"},
    // combinations
    {R"({"segs": "a.json", "detect": {}})", BURIN_E_JOB,
     "job: segs and detect are both given; expected one of segs, selection and detect"},
    {R"({"selection": {"file": "a.png"}, "detect": {}})", BURIN_E_JOB,
     "job: selection and detect are both given"},
    {R"({"selection": {}})", BURIN_E_JOB, "job: selection.file is missing"},
    {R"({"segs": [{"bbox": [0, 0, 9, 9], "id": 2}, {"bbox": [0, 0, 9, 9]}]})", BURIN_E_JOB,
     "job: SEG 2: id is 2, which an earlier SEG has"},
    // names
    {R"({"detailer": {"sampler_name": "eular"}})", BURIN_E_JOB, "(did you mean \"euler\"?)"},
    {R"({"detailer": {"scheduler": "karas"}})", BURIN_E_JOB, "(did you mean \"karras\"?)"},
    {R"({"detailer": {"scheduler": "?"}})", BURIN_E_JOB,
     "job: detailer.scheduler is \"?\"; expected one of simple, "},
    {R"({"detailer": {"sampler_name": "dpm_unheard"}})", BURIN_E_JOB,
     "job: detailer.sampler_name is \"dpm_unheard\"; expected one of euler, "},
    {R"({"detailer": {"sigmas": [3, 1, 2, 0]}})", BURIN_E_JOB,
     "job: detailer.sigmas[2] is 2; expected at most the level before it"},
    {R"({"detailer": {"sigmas": [3, 0, 0]}})", BURIN_E_JOB,
     "job: detailer.sigmas[1] is 0; expected a number above 0"},
    {R"({"detailer": {"sigmas": [3]}})", BURIN_E_JOB,
     "job: detailer.sigmas is a list of 1; expected a list of 2 to 10001 noise levels"},
    {R"({"detailer": {"sigmas": [3, 3]}})", BURIN_E_JOB,
     "job: detailer.sigmas is a list of 2; expected at least two different levels"},
    {R"({"detailer": {"sigmas": [3, "1"]}})", BURIN_E_JOB, "job: detailer.sigmas[1] is \"1\""},
    {R"({"detailer": {"sigmas": [1e9, 0]}})", BURIN_E_JOB, "job: detailer.sigmas[0] is 1"},
    {R"({"detailer": {"sigmas": 3}})", BURIN_E_JOB, "job: detailer.sigmas is 3"},
    // known to the format, not to this build
    {R"({"controls": [{}]})", BURIN_E_JOB, "job: controls[0].file is missing"},
    {R"({"controls": [{"file": "a", "strength": -1}]})", BURIN_E_JOB, "job: controls[0].strength"},
    {R"({"controls": [{"file": "a", "start_percent": 0.5, "end_percent": 0.25}]})", BURIN_E_JOB,
     "not above end_percent"},
    {R"({"controls": [{"file": "a", "preprocessor": "cany"}]})", BURIN_E_JOB, "canny"},
    {R"({"controls": [{"file": "a", "preprocessor_params": {"low": 2}}]})", BURIN_E_JOB,
     "preprocessor_params.low"},
    {R"({"controls": [{"file": "a", "type": "pose"}]})", BURIN_E_JOB, "openpose"},
    {R"({"refiner": {"positive": "r"}})", BURIN_E_JOB, "job: refiner.checkpoint is missing"},
    {R"({"refiner": "r"})", BURIN_E_JOB, "job: refiner is \"r\"; expected an object"},
    {R"({"refiner": {"checkpoint": "r", "vae": "v"}})", BURIN_E_JOB,
     "job: refiner.vae is not a known key"},
    {R"({"prompt": {"mask": {"rect": [0, 0, 1]}}})", BURIN_E_JOB, "job: prompt.mask.rect is"},
    {R"({"prompt": {"mask": {"strength": 1}}})", BURIN_E_JOB, "job: prompt.mask.rect is null"},
    {R"({"prompt": {"mask": {"rect": [5, 0, 5, 1]}}})", BURIN_E_JOB, "x1 below x2"},
    {R"({"prompt": {"mask": {"rect": [0, 0, 1.5, 1]}}})", BURIN_E_JOB, "prompt.mask.rect[2]"},
    {R"({"prompt": {"mask": {"rect": [0, 0, 1, 1], "strength": -1}}})", BURIN_E_JOB,
     "prompt.mask.strength is -1"},
    {R"({"model": {"text_encoders": "a"}})", BURIN_E_JOB, "job: model.text_encoders is \"a\""},
    {R"({"model": {"text_encoders": ["a", "b", "c", "d"]}})", BURIN_E_JOB, "at most 3 paths"},
    {R"({"model": {"text_encoders": ["a", null]}})", BURIN_E_JOB, "expected a list of paths"},
    {R"({"model": {"text_encoders": [7]}})", BURIN_E_JOB, "job: model.text_encoders is 7"},
    {R"({"model": {"sampling": {"prediction": "lc"}}})", BURIN_E_JOB,
     "job: model.sampling.prediction is \"lc\"; expected "},
    {R"({"model": {"sampling": {"zsnr": true}}})", BURIN_E_JOB, "job: model.sampling.zsnr"},
    {R"({"model": {"sampling": {"prediction": "lcm", "sigma_max": 9}}})", BURIN_E_JOB,
     "job: model.sampling.sigma_min and sigma_max are given for lcm"},
    {R"({"model": {"sampling": {"sigma_max": 9, "zero_terminal_snr": true}}})", BURIN_E_JOB,
     "job: model.sampling.zero_terminal_snr is true"},
    {R"({"model": {"sampling": {"sigma_max": 9, "sigma_min": 9}}})", BURIN_E_JOB,
     "job: model.sampling.sigma_max is 9"},
    {R"({"model": {"sampling": {"sigma_max": 0}}})", BURIN_E_JOB,
     "job: model.sampling.sigma_max is 0"},
    {R"({"detect": {"filters": [1]}})", BURIN_E_JOB, "job: detect.filters[0] is 1"},
    {R"({"filters": [{"dilate": 1}, {"dilate": 1000}]})", BURIN_E_JOB,
     "job: filters[1].dilate is 1000"},
    {R"({"semantics": "each"})", BURIN_E_JOB, "job: semantics is \"each\""},
    {R"({"prompt": {"wildcard": 5}})", BURIN_E_JOB, "job: prompt.wildcard is 5"},
    {R"({"burin_job": 2})", BURIN_E_UNSUPPORTED, "job: burin_job is 2; this build reads version 1"},
    {R"({"burin_job": 0})", BURIN_E_JOB, "job: burin_job is 0; expected"},
    {R"({"burin_job": "1"})", BURIN_E_JOB, "job: burin_job is \"1\"; expected"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(parse_job_)

BOOST_DATA_TEST_CASE(refuses_with_a_sentence_that_names_place_value_and_expectation, refusals) {
  const std::string sentence = sentence_of(sample.status, [&] { parse_job(sample.job, "/tmp"); });
  BOOST_TEST(holds(sentence, sample.sentence), sentence);
}

BOOST_AUTO_TEST_CASE(gives_every_default_for_an_empty_object) {
  const Job job = parse_job("{}", "/pictures");
  BOOST_TEST(!job.image);
  BOOST_TEST((job.semantics == Semantics::burin));
  BOOST_TEST(!job.checkpoint);
  BOOST_TEST(!job.vae);
  BOOST_TEST(!job.clip_skip);
  BOOST_TEST(job.positive == "");
  BOOST_TEST(!job.segs);
  BOOST_TEST(!job.selection);
  BOOST_TEST(job.detect.detector == "yunet");
  BOOST_TEST(job.detect.threshold == 0.5);
  BOOST_TEST(job.detect.dilation == 10);
  BOOST_TEST(!job.detect.crop_factor);
  BOOST_TEST(job.detect.drop_size == 6);
  BOOST_TEST(parse_job(R"({"semantics": "impact"})", "/").detect.drop_size == 10);
  BOOST_TEST(job.detect.labels == "all");
  BOOST_TEST(job.detect.ellipse);
  BOOST_TEST(job.detect.max_count == 0);
  BOOST_TEST(job.only.empty());
  BOOST_TEST(job.detailer.dump() == "{}");
  BOOST_TEST(!job.paste_feather);
  BOOST_TEST(job.paste_alpha == 255);
  BOOST_TEST(job.colour_guard);
  BOOST_TEST(!job.output.image);
  BOOST_TEST(job.base_dir == "/pictures");
}

BOOST_AUTO_TEST_CASE(reads_every_key) {
  const Job job = parse_job(R"(
    { // a comment
      "burin_job": 1, "image": "a b.png", "semantics": "impact",
      "model": { "checkpoint": "m.safetensors", "vae": "v.safetensors", "clip_skip": -2, "sampling": {} },
      "refiner": null, "loras": [], "controls": [], /* and
      another */
      "prompt": { "positive": "a \"face\" \u00e9", "negative": "blurry", "mask": null },
      "selection": { "file": "s.png", "combined": true, "bbox_fill": true, "contour_fill": true,
                     "crop_factor": 2.5, "drop_size": 4 },
      "only": [3, 1],
      "detailer": { "guide_size": 300.5, "steps": 20.0, "seed": 18446744073709551615,
                    "sampler_name": "dpmpp_2m_sde_gpu", "cfg": null },
      "paste": { "feather": 7, "alpha": 128, "colour_guard": false },
      "output": { "image": "o.png", "layers": "o.ora", "segs_dir": "segs", "control_dir": null,
                  "trace": "t.safetensors" }
    })",
                            "/jobs");
  BOOST_TEST(job.image.value() == "a b.png");
  BOOST_TEST((job.semantics == Semantics::impact));
  BOOST_TEST(job.checkpoint.value() == "m.safetensors");
  BOOST_TEST(job.vae.value() == "v.safetensors");
  BOOST_TEST(job.clip_skip.value() == -2);
  BOOST_TEST(job.positive == "a \"face\" \xc3\xa9");
  BOOST_TEST(job.negative == "blurry");
  BOOST_TEST(job.selection.value().file == "s.png");
  BOOST_TEST(job.selection->combined);
  BOOST_TEST(job.selection->bbox_fill);
  BOOST_TEST(job.selection->contour_fill);
  BOOST_TEST(job.selection->crop_factor == 2.5);
  BOOST_TEST(job.selection->drop_size == 4);
  BOOST_TEST(!job.detect.ellipse);  // impact
  BOOST_TEST((job.only == std::vector<std::int64_t>{3, 1}));
  BOOST_TEST(job.detailer.size() == 4u);
  BOOST_TEST(!job.detailer.contains("cfg"));
  BOOST_TEST(job.detailer["seed"].get<std::uint64_t>() == UINT64_MAX);
  BOOST_TEST(job.paste_feather.value() == 7);
  BOOST_TEST(job.paste_alpha == 128);
  BOOST_TEST(!job.colour_guard);
  BOOST_TEST(job.output.image.value() == "o.png");
  BOOST_TEST(job.output.layers.value() == "o.ora");
  BOOST_TEST(job.output.segs_dir.value() == "segs");
  BOOST_TEST(!job.output.control_dir);
  BOOST_TEST(job.output.trace.value() == "t.safetensors");
}

BOOST_AUTO_TEST_CASE(takes_segs_as_a_list_or_as_a_path) {
  BOOST_TEST(parse_job(R"({"segs": "s.json"})", "").segs.value() == "s.json");
  const Job job = parse_job(R"({"segs": [{"bbox": [1, 2, 3, 4]}]})", "");
  BOOST_TEST(job.segs.value().size() == 1u);
  BOOST_TEST(parse_job(R"({"segs": []})", "").segs.value().empty());
}

BOOST_AUTO_TEST_CASE(refuses_a_second_use_of_a_key_at_any_depth) {
  const auto sentence =
      sentence_of(BURIN_E_JOB, [] { parse_job(R"({"detailer": {"steps": 1, "steps": 2}})", ""); });
  BOOST_TEST(sentence == "the job has the key \"steps\" twice in one object; expected it once");
}

BOOST_AUTO_TEST_SUITE_END()
