// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Refiners, inpainting models and prompts with a mask in the default semantics, on small networks.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "support/detail_run.hpp"
#include "support/expect_error.hpp"
#include "support/scratch_folder.hpp"
#include "support/tiny_model.hpp"

namespace burin::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// Small checkpoints, written once.
struct Checkpoints : ScratchFolder {
  std::string operator()(const std::string& model) const {
    const fs::path file = path / (model + ".safetensors");
    if (!fs::exists(file))
      write_tiny_model(
          fs::path(BURIN_SOURCE_DIR) / "tests/golden/data/models" / (model + ".manifest"), file);
    return file.string();
  }
};

const Checkpoints& checkpoint() {
  static const Checkpoints all;
  return all;
}

json one_face_job(const std::string& model) {
  json job = two_faces_job(4);
  job["segs"].erase(1);
  job["model"]["checkpoint"] = checkpoint()(model);
  job["prompt"] = {{"positive", "a smiling woman"}, {"negative", "blurry"}};
  job["detailer"].update({{"guide_size", 128},
                          {"max_size", 160},
                          {"sampler_name", "euler"},
                          {"scheduler", "normal"},
                          {"cfg", 4}});
  return job;
}

cv::Mat drawn(const json& job, core::Engine* engine = nullptr) {
  RunOptions options;
  options.engine = engine;
  const Ran ran = run_job(job, three_faces(), options);
  BOOST_REQUIRE(ran.layers.size() == 1U);
  BOOST_TEST(ran.report.at("layers").at(0).at("status").get<std::string>() == "done");
  BOOST_TEST(cv::checkRange(ran.colours(0)));
  return ran.colours(0).clone();
}

double difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF); }

}  // namespace

BOOST_AUTO_TEST_SUITE(model_families_in_burin_semantics)

BOOST_AUTO_TEST_CASE(a_refiner_that_is_the_model_itself_changes_nothing) {
  json job = one_face_job("sd1");
  const cv::Mat alone = drawn(job);
  job["refiner"] = {{"checkpoint", checkpoint()("sd1")}};
  job["detailer"]["refiner_ratio"] = 0.5;
  BOOST_TEST(difference(drawn(job), alone) < 1e-3);
  job["refiner"]["positive"] = "a sad man";
  BOOST_TEST(difference(drawn(job), alone) > 1e-3);
}

BOOST_AUTO_TEST_CASE(a_refiner_of_other_latents_is_refused) {
  json job = one_face_job("sd1");
  job["refiner"] = {{"checkpoint", checkpoint()("refiner")}};
  BOOST_TEST(holds(sentence_of(BURIN_E_MODEL, [&] { run_job(job, three_faces()); }),
                   "share an autoencoder"));
  job["refiner"] = {{"checkpoint", BURIN_SOURCE_DIR "/models/face.safetensors"}};
  BOOST_TEST(holds(sentence_of(BURIN_E_MODEL, [&] { run_job(job, three_faces()); }),
                   "share an autoencoder"));
  job["refiner"] = {{"checkpoint", "missing.safetensors"}};
  sentence_of(BURIN_E_NOT_FOUND, [&] { run_job(job, three_faces()); });
}

BOOST_AUTO_TEST_CASE(a_prompt_that_holds_everywhere_is_a_plain_one) {
  json job = one_face_job("sd1");
  const cv::Mat plain = drawn(job);
  job["prompt"]["mask"] = {{"rect", {-1000, -1000, 5000, 5000}}};
  const cv::Mat everywhere = drawn(job);
  BOOST_TEST(difference(everywhere, plain) < 1e-3);
  job["prompt"]["mask"]["rect"] = {0, 0, 5, 5};  // away from the face
  const cv::Mat nowhere = drawn(job);
  BOOST_TEST(difference(nowhere, plain) > 1e-3);
  job["prompt"].erase("mask");
  job["prompt"]["positive"] = "";
  BOOST_TEST(difference(nowhere, drawn(job)) < 1e-3);
}

BOOST_AUTO_TEST_CASE(an_inpainting_model_sees_the_face_or_not) {
  json job = one_face_job("sd1-inpaint");
  const cv::Mat shown = drawn(job);
  job["detailer"]["inpaint_model"] = true;
  BOOST_TEST(difference(drawn(job), shown) > 1e-3);
  job["detailer"]["noise_mask"] = false;
  drawn(job);
}

BOOST_AUTO_TEST_CASE(an_editing_model_sees_the_face) {
  json job = one_face_job("sd1-ip2p");
  const cv::Mat shown = drawn(job);
  job["semantics"] = "impact";
  drawn(job);
  job["semantics"] = "burin";
  job["detailer"]["inpaint_model"] = true;
  BOOST_TEST(difference(drawn(job), shown) > 1e-3);
}

BOOST_AUTO_TEST_CASE(what_an_engine_remembers_of_earlier_jobs_changes_none) {
  const json plain = one_face_job("sd1");
  json other_prompt = plain, other_layer = plain, other_seed = plain, inpainting = plain;
  other_prompt["prompt"]["positive"] = "a (smiling:1.3) woman BREAK red hair";
  other_layer["model"]["clip_skip"] = -2;
  other_seed["detailer"]["seed"] = 6;
  inpainting["detailer"]["inpaint_model"] = true;
  const auto warm = open_engine();
  for (const json& job : {plain, other_prompt, other_layer, other_seed, inpainting, plain})
    BOOST_TEST(difference(drawn(job, warm.get()), drawn(job)) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
