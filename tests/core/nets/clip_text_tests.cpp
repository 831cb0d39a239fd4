// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The text transformer against the reference module on formula-made weights, and what it refuses.
#include "nets/clip_text.hpp"

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "runtime/error.hpp"
#include "support/anchors.hpp"
#include "support/formula.hpp"
#include "support/tiny_model.hpp"

using namespace burin::core;
using namespace burin::test;

namespace {

// Three layers, 32 channels, an inner width of 64.
Manifest keys() {
  Manifest keys{{"text_model.embeddings.token_embedding.weight", {49408, 32}}};
  for (int i = 0; i < 3; ++i)
    keys.push_back(
        {"text_model.encoder.layers." + std::to_string(i) + ".mlp.fc1.weight", {64, 32}});
  return keys;
}

ClipTextWeights load(at::ScalarType rounding) {
  ClipTextWeights w = load_clip_text(formula_source(keys()), at::kCPU, rounding);
  w.heads = 4;
  return w;
}

at::Tensor photo_of_a_cat() {
  at::Tensor tokens = at::full({1, 77}, 49407, at::kLong);
  const std::int64_t ids[] = {49406, 320, 1125, 539, 320, 2368};
  for (std::int64_t i = 0; i < 6; ++i) tokens[0][i] = ids[i];
  return tokens;
}

const Anchor kLast{{-0.018085, -1.309527, 0.028615, -0.368474, 0.669418}, 0.7989505, 2.973529};
const Anchor kPenultimate{
    {-0.824482, -0.135735, 0.125497, -1.253915, 0.388893}, 0.8089032, 4.227589};

at::Tensor first_rows(const at::Tensor& z) { return z.narrow(1, 0, 7); }

}  // namespace

BOOST_AUTO_TEST_SUITE(clip_text_transformer)

BOOST_AUTO_TEST_CASE(every_way_to_name_the_last_layer_equals_the_reference) {
  const c10::InferenceMode guard;
  const ClipTextWeights w = load(at::kFloat);
  for (const std::optional<int> layer :
       {std::optional<int>{}, std::optional<int>{0}, std::optional<int>{-1}, std::optional<int>{-4},
        std::optional<int>{-24}}) {
    const at::Tensor z = clip_text(w, photo_of_a_cat(), layer);
    BOOST_TEST(z.sizes() == at::IntArrayRef({1, 77, 32}));
    check_anchor(first_rows(z), kLast, 1e-5);
  }
}

BOOST_AUTO_TEST_CASE(the_penultimate_layer_gets_the_final_norm) {
  const c10::InferenceMode guard;
  check_anchor(first_rows(clip_text(load(at::kFloat), photo_of_a_cat(), -2)), kPenultimate, 1e-5);
}

BOOST_AUTO_TEST_CASE(the_penultimate_layer_stays_without_the_norm_where_the_family_has_none) {
  const c10::InferenceMode guard;
  ClipTextWeights w = load(at::kFloat);
  w.norm_hidden = false;
  const at::Tensor z = first_rows(clip_text(w, photo_of_a_cat(), -2));
  check_anchor(z, {{-0.382719, -0.107320, -0.003084, -0.556891, 0.188921}, 0.3545692, -33.686602},
               1e-5);
  // Beyond the first layer: as if no layer were named, norm and all.
  check_anchor(first_rows(clip_text(w, photo_of_a_cat(), -4)), kLast, 1e-5);
  BOOST_TEST((clip_text(w, photo_of_a_cat(), -1) - clip_text(w, photo_of_a_cat(), {}))
                 .abs()
                 .max()
                 .item<double>() > 1e-2);
}

BOOST_AUTO_TEST_CASE(exact_gelu_equals_the_reference) {
  const c10::InferenceMode guard;
  ClipTextWeights w = load(at::kFloat);
  w.quick_gelu = false;
  const at::Tensor last = first_rows(clip_text(w, photo_of_a_cat(), {}));
  BOOST_TEST(std::abs(last.abs().mean().item<double>() - 0.7992202) < 1e-5);
  BOOST_TEST(std::abs(last.flatten()[1].item<double>() - -1.306576) < 1e-5);
  w.norm_hidden = false;
  const at::Tensor before = first_rows(clip_text(w, photo_of_a_cat(), -2));
  BOOST_TEST(std::abs(before.abs().mean().item<double>() - 0.3544882) < 1e-5);
  BOOST_TEST(std::abs(before.flatten()[0].item<double>() - -0.381233) < 1e-5);
}

BOOST_AUTO_TEST_CASE(the_pooled_output_is_the_row_of_the_first_end) {
  const c10::InferenceMode guard;
  ClipTextWeights w = load(at::kFloat);
  BOOST_TEST(!w.projection.defined());
  const auto near = [](const at::Tensor& pooled, std::vector<double> first, double mean) {
    for (std::size_t i = 0; i < first.size(); ++i)
      BOOST_TEST(std::abs(pooled[0][static_cast<std::int64_t>(i)].item<double>() - first[i]) <
                 1e-5);
    BOOST_TEST(std::abs(pooled.abs().mean().item<double>() - mean) < 1e-5);
  };
  const at::Tensor plain = clip_text(w, photo_of_a_cat(), -2, true).pooled;
  near(plain, {-2.101278, -2.188375, -0.685471, -0.138527, 0.018814}, 0.7859647);
  Manifest projecting = keys();
  projecting.push_back({"text_projection.weight", {32, 32}});
  w = load_clip_text(formula_source(projecting), at::kCPU, at::kFloat);
  w.heads = 4;
  near(clip_text(w, photo_of_a_cat(), -2, true).pooled,
       {-0.139299, 0.229423, 0.383109, 0.176898, -0.332764}, 0.4404980);
  BOOST_TEST(!clip_text(w, photo_of_a_cat(), -2, false).pooled.defined());
}

BOOST_AUTO_TEST_CASE(weights_are_rounded_to_half_precision) {
  const c10::InferenceMode guard;
  const ClipTextWeights w = load_clip_text(formula_source(keys()), at::kCPU);
  BOOST_TEST(w.layers.size() == 3);
  for (const at::Tensor& t : {w.token_embedding, w.layers[2].fc2.weight, w.final_norm.bias}) {
    BOOST_TEST(t.scalar_type() == at::kFloat);
    BOOST_TEST(at::equal(t, t.to(at::kHalf).to(at::kFloat)));
  }
}

BOOST_AUTO_TEST_CASE(a_token_does_not_see_those_behind_it) {
  const c10::InferenceMode guard;
  const ClipTextWeights w = load(at::kFloat);
  at::Tensor other = photo_of_a_cat();
  other[0][6] = 1929;
  const at::Tensor a = clip_text(w, photo_of_a_cat(), {}), b = clip_text(w, other, {});
  BOOST_TEST((a - b).narrow(1, 0, 6).abs().max().item<double>() < 1e-5);
  BOOST_TEST((a - b).narrow(1, 6, 1).abs().max().item<double>() > 1e-2);
}

BOOST_AUTO_TEST_CASE(refuses_other_shapes_and_layers) {
  const c10::InferenceMode guard;
  const ClipTextWeights w = load(at::kFloat);
  const auto refused = [](const Error& e) { return e.status() == BURIN_E_INVALID; };
  BOOST_CHECK_EXCEPTION(clip_text(w, at::zeros({1, 76}, at::kLong), {}), Error, refused);
  BOOST_CHECK_EXCEPTION(clip_text(w, at::zeros({77}, at::kLong), {}), Error, refused);
  BOOST_CHECK_EXCEPTION(clip_text(w, at::zeros({1, 77}), {}), Error, refused);
  BOOST_CHECK_EXCEPTION(clip_text(w, photo_of_a_cat(), 1), Error, refused);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_a_text_encoder) {
  const auto refused = [](const Error& e) { return e.status() == BURIN_E_MODEL; };
  BOOST_CHECK_EXCEPTION(load_clip_text(formula_source({}), at::kCPU), Error, refused);
  Manifest no_layers{keys().front()};
  BOOST_CHECK_EXCEPTION(load_clip_text(formula_source(no_layers), at::kCPU), Error, refused);
}

BOOST_AUTO_TEST_SUITE_END()
