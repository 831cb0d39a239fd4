// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The loaders ask for exactly as many tensors and parameters as released checkpoints have.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "support/released_layouts.hpp"
#include "support/sd1_layout.hpp"

using namespace burin::test;

namespace {

std::int64_t parameters(const Manifest& tensors) {
  std::int64_t total = 0;
  for (const auto& [key, shape] : tensors) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    total += count;
  }
  return total;
}

bool holds(const Manifest& tensors, const std::string& key, std::vector<std::int64_t> shape) {
  return std::ranges::find(tensors, Manifest::value_type{key, shape}) != tensors.end();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(released_layout)

BOOST_AUTO_TEST_CASE(of_the_unet) {
  const Manifest t = sd1_unet_tensors();
  BOOST_TEST(t.size() == 686);
  BOOST_TEST(parameters(t) == 859520964);
  BOOST_TEST(holds(t, "input_blocks.4.0.skip_connection.weight", {640, 320, 1, 1}));
  BOOST_TEST(holds(t, "output_blocks.2.1.conv.weight", {1280, 1280, 3, 3}));
  BOOST_TEST(holds(t, "output_blocks.5.2.conv.weight", {1280, 1280, 3, 3}));
  BOOST_TEST(holds(t, "output_blocks.8.2.conv.weight", {640, 640, 3, 3}));
  BOOST_TEST(holds(t, "middle_block.1.transformer_blocks.0.attn2.to_k.weight", {1280, 768}));
}

BOOST_AUTO_TEST_CASE(of_the_autoencoder) {
  const Manifest t = sd1_autoencoder_tensors();
  BOOST_TEST(t.size() == 248);
  BOOST_TEST(parameters(t) == 83653863);
  BOOST_TEST(holds(t, "decoder.up.0.block.0.nin_shortcut.weight", {128, 256, 1, 1}));
}

BOOST_AUTO_TEST_CASE(of_the_text_encoder) {
  const Manifest t = sd1_text_tensors();
  BOOST_TEST(t.size() == 196);
  BOOST_TEST(parameters(t) == 123060480);
}

// Numbers of the published files, without those that no network reads.
BOOST_AUTO_TEST_CASE(of_the_larger_checkpoints) {
  const Manifest xl = released_checkpoint_tensors("sdxl");
  const auto count = [](const Manifest& all, const std::string& prefix) {
    Manifest part;
    for (const auto& tensor : all)
      if (tensor.first.starts_with(prefix)) part.push_back(tensor);
    return parameters(part);
  };
  BOOST_TEST(count(xl, "model.diffusion_model.") == 2567463684);
  BOOST_TEST(count(xl, "conditioner.embedders.1.") == 694659840);
  BOOST_TEST(count(xl, "conditioner.embedders.0.") == 123060480);
  const Manifest sd2 = released_checkpoint_tensors("sd21");
  BOOST_TEST(count(sd2, "model.diffusion_model.") == 865910724);
  BOOST_TEST(count(sd2, "cond_stage_model.") == 354032640);
  BOOST_TEST(count(released_checkpoint_tensors("sd15-inpaint"), "model.diffusion_model.") ==
             859520964 + 5 * 320 * 9);
}

BOOST_AUTO_TEST_SUITE_END()
