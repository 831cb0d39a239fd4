// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the caller is given before the end of a run: final layers.
#include <boost/test/unit_test.hpp>
#include <map>

#include "modules/abi_image.hpp"
#include "support/detail_run.hpp"

namespace burin::test {
namespace {

using nlohmann::json;

std::vector<float> values_of(const DLTensor& t) {
  std::size_t count = 1;
  for (int i = 0; i < t.ndim; ++i) count *= static_cast<std::size_t>(t.shape[i]);
  const auto* first = static_cast<const float*>(t.data);
  return {first, first + count};
}

struct Early {
  burin_layer_status status;
  std::vector<float> pixels, mask;
  std::string job;
};

std::map<std::int64_t, Early> early_layers(const json& job, Ran& ran) {
  std::map<std::int64_t, Early> early;
  RunOptions options;
  options.run.layer_done = [&](const burin_layer& layer) {
    BOOST_TEST(!early.contains(layer.id));
    early[layer.id] = {layer.status, values_of(*layer.pixels), values_of(*layer.mask), layer.job};
  };
  ran = run_job(job, three_faces(), options);
  return early;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(early_results)

BOOST_AUTO_TEST_CASE(every_layer_is_given_once_and_is_the_final_one) {
  json job = two_faces_job();
  job["semantics"] = "impact";
  json large = job["segs"][0];  // large enough to be skipped
  large["bbox"] = {0, 0, 280, 190};
  large["crop_region"] = {0, 0, 288, 192};
  large["id"] = 9;
  job["segs"].push_back(large);
  job["detailer"]["guide_size"] = 128;
  job["detailer"]["guide_size_for"] = "bbox";
  job["detailer"]["force_inpaint"] = false;
  Ran ran;
  const auto early = early_layers(job, ran);
  BOOST_REQUIRE(early.size() == ran.layers.size());
  BOOST_TEST(ran.layers.size() == 3U);
  bool skipped = false;
  for (const burin_layer& layer : ran.layers) {
    const Early& first = early.at(layer.id);
    skipped |= first.status == BURIN_LAYER_SKIPPED;
    BOOST_TEST(first.status == layer.status);
    BOOST_TEST((first.pixels == values_of(*layer.pixels)));
    BOOST_TEST((first.mask == values_of(*layer.mask)));
    BOOST_TEST(first.job == layer.job);
  }
  BOOST_TEST(skipped);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
