// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Guidance around networks simple enough to compute by hand.
#include "diffusion/guidance.hpp"

#include <limits>

#include "tensor_checks.hpp"

using namespace burin::core;
using namespace burin::core::testing;

namespace {

const NoiseLevels levels = stable_diffusion_levels();

Model model_of(Prediction prediction, bool image_conditioned, double residual_std = 0) {
  Model model;
  model.family.prediction = prediction;
  if (image_conditioned) model.family.extra_input = ExtraInput::crop_latent;
  model.family.residual_std = residual_std;
  return model;
}

// What a network was called with.
struct Calls {
  std::vector<at::Tensor> x, t, context, vector;

  // Its output: the first channels of x times the mean of the item's context.
  Network network(std::int64_t channels = 4) {
    return [this, channels](const at::Tensor& input, const at::Tensor& time,
                            const at::Tensor& tokens, const UNetExtras& extras) {
      x.push_back(input);
      t.push_back(time);
      context.push_back(tokens);
      vector.push_back(extras.vector);
      return input.narrow(1, 0, channels) * tokens.mean({1, 2}).view({-1, 1, 1, 1});
    };
  }
};

at::Tensor context_of(float value, std::int64_t tokens = 2, std::int64_t items = 1) {
  return at::full({items, tokens, 3}, value);
}

struct Setting {
  Model model = model_of(Prediction::eps, false);
  GuidedModel guided{&model, &levels, {{context_of(0.75F)}}, {{context_of(0.25F)}}, 4, {},
                     {},     false};
  at::Tensor x = initial_noise(1, {4, 6, 5});
  at::Tensor sigma = scalar(2.5);
};

// x - sigma times the toy network's output, by hand.
at::Tensor denoised_by_hand(const Setting& setting, double context_mean) {
  const double sigma = 2.5;
  return setting.x * (1 - sigma * context_mean / std::sqrt(sigma * sigma + 1));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(guidance)

BOOST_AUTO_TEST_CASE(both_contexts_run_in_one_batch_with_the_negative_first) {
  Setting setting;
  Calls calls;
  const at::Tensor denoised =
      guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
  const at::Tensor uncond = denoised_by_hand(setting, 0.25);
  const at::Tensor expected = uncond + (denoised_by_hand(setting, 0.75) - uncond) * 4;
  BOOST_TEST(largest_difference(denoised, expected) < 1e-5);
  BOOST_REQUIRE(calls.x.size() == 1U);
  BOOST_TEST((calls.x[0].sizes() == at::IntArrayRef{2, 4, 6, 5}));
  BOOST_TEST(values_of(calls.context[0].mean({1, 2})) == (std::vector<float>{0.25F, 0.75F}));
}

BOOST_AUTO_TEST_CASE(the_network_sees_whole_timesteps_and_scaled_input) {
  Setting setting;
  Calls calls;
  guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
  const float timestep = levels.timestep(setting.sigma).item<float>();
  BOOST_TEST(timestep > 0);
  BOOST_TEST(values_of(calls.t[0]) == (std::vector<float>{timestep, timestep}));
  BOOST_TEST((calls.t[0].scalar_type() == at::kFloat));
  BOOST_TEST(calls.x[0][1].equal(scale_input(setting.x, setting.sigma)[0]));
}

BOOST_AUTO_TEST_CASE(cfg_of_one_needs_one_evaluation_and_no_negative) {
  Setting setting;
  setting.guided.negative.clear();
  for (const double cfg : {1.0, 1.0 + 5e-10}) {
    setting.guided.cfg = cfg;
    Calls calls;
    const at::Tensor denoised =
        guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
    BOOST_TEST(calls.x.size() == 1U);
    BOOST_TEST(calls.x[0].size(0) == 1);
    BOOST_TEST(largest_difference(denoised, denoised_by_hand(setting, 0.75)) < 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(the_unconditional_prediction_is_kept_at_any_cfg) {
  Setting setting;
  setting.guided.keep_unconditional = true;
  for (const double cfg : {1.0, 4.0}) {
    setting.guided.cfg = cfg;
    Calls calls;
    const Denoised both =
        guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
    const at::Tensor uncond = denoised_by_hand(setting, 0.25);
    BOOST_TEST(largest_difference(both.unconditional, uncond) < 1e-6);
    BOOST_TEST(largest_difference(
                   both.guided, uncond + (denoised_by_hand(setting, 0.75) - uncond) * cfg) < 1e-5);
  }
  setting.guided.negative.clear();
  check_refused(BURIN_E_INVALID, "negative context",
                [&] { guided_denoiser(setting.guided, Calls().network()); });
}

BOOST_AUTO_TEST_CASE(cfg_of_zero_is_the_negative_prediction) {
  Setting setting;
  setting.guided.cfg = 0;
  Calls calls;
  BOOST_TEST(
      largest_difference(guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma),
                         denoised_by_hand(setting, 0.25)) < 1e-6);
}

BOOST_AUTO_TEST_CASE(lengths_meet_at_their_least_common_multiple) {
  Setting setting;
  setting.guided.positive[0].context = context_of(0.75F, 2);
  setting.guided.negative[0].context = context_of(0.25F, 3);
  setting.guided.positive[0].context.select(1, 1).fill_(9);
  Calls calls;
  guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
  BOOST_REQUIRE(calls.context.size() == 1U);
  BOOST_TEST((calls.context[0].sizes() == at::IntArrayRef{2, 6, 3}));
  BOOST_TEST(values_of(calls.context[0].select(2, 0)[1]) ==
             (std::vector<float>{0.75F, 9, 0.75F, 9, 0.75F, 9}));
}

BOOST_AUTO_TEST_CASE(lengths_too_far_apart_run_one_after_the_other) {
  Setting setting;
  for (const auto& [positive, negative, evaluations] :
       std::vector<std::tuple<int, int, std::size_t>>{{77, 308, 1}, {77, 385, 2}, {5, 6, 2}}) {
    setting.guided.positive[0].context = context_of(0.75F, positive);
    setting.guided.negative[0].context = context_of(0.25F, negative);
    Calls calls;
    const at::Tensor denoised =
        guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
    BOOST_TEST(calls.x.size() == evaluations);
    const at::Tensor uncond = denoised_by_hand(setting, 0.25);
    BOOST_TEST(largest_difference(denoised,
                                  uncond + (denoised_by_hand(setting, 0.75) - uncond) * 4) < 1e-5);
  }
}

BOOST_AUTO_TEST_CASE(a_masked_positive_holds_only_where_it_has_weight) {
  Setting setting;
  at::Tensor mask = at::zeros({1, 1, 6, 5});
  mask.narrow(2, 0, 3).fill_(0.3);
  setting.guided.positive[0].mask = mask;
  setting.guided.positive[0].strength = 0.7;
  Calls calls;
  const at::Tensor denoised =
      guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
  const at::Tensor uncond = denoised_by_hand(setting, 0.25);
  const at::Tensor inside = uncond + (denoised_by_hand(setting, 0.75) - uncond) * 4;
  const at::Tensor outside = uncond - uncond * 4;  // the positive prediction there is 0
  BOOST_TEST(largest_difference(denoised.narrow(2, 0, 3), inside.narrow(2, 0, 3)) < 1e-5);
  BOOST_TEST(largest_difference(denoised.narrow(2, 3, 3), outside.narrow(2, 3, 3)) < 1e-5);
}

BOOST_AUTO_TEST_CASE(entries_of_a_side_are_averaged_by_their_weights) {
  Setting setting;
  setting.guided.cfg = 1;
  Conditioning second{context_of(0.25F)};
  second.mask = at::full({1, 1, 6, 5}, 0.5);
  setting.guided.positive[0].strength = 1.5;
  setting.guided.positive.push_back(second);
  Calls calls;
  const at::Tensor denoised =
      guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
  BOOST_TEST(calls.x.size() == 1U);
  BOOST_TEST(largest_difference(denoised,
                                denoised_by_hand(setting, (0.75 * 1.5 + 0.25 * 0.5) / 2)) < 1e-5);
  setting.guided.positive[1].mask = at::ones({1, 1, 5, 5});
  check_refused(BURIN_E_INVALID, "[1, 1, 5, 5]", [&] {
    guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
  });
}

BOOST_AUTO_TEST_CASE(label_vectors_follow_their_entries_and_part_calls) {
  Setting setting;
  setting.x = initial_noise(1, {4, 6, 5}).repeat({2, 1, 1, 1});
  setting.guided.positive[0].vector = at::full({2, 3}, 7.F);
  setting.guided.negative[0].vector = at::full({1, 3}, 5.F);
  Calls together;
  guided_denoiser(setting.guided, together.network())(setting.x, setting.sigma);
  BOOST_REQUIRE(together.x.size() == 1U);
  BOOST_TEST(values_of(together.vector[0].select(1, 0)) == (std::vector<float>{5, 5, 7, 7}));
  setting.guided.negative[0].vector = at::Tensor();
  Calls apart;
  guided_denoiser(setting.guided, apart.network())(setting.x, setting.sigma);
  BOOST_REQUIRE(apart.x.size() == 2U);
  BOOST_TEST(!apart.vector[0].defined());
}

BOOST_AUTO_TEST_CASE(a_batch_has_its_own_contexts_or_shares_one) {
  Setting setting;
  setting.x = initial_noise(1, {4, 6, 5}).repeat({3, 1, 1, 1});
  setting.guided.positive[0].context = context_of(0.75F, 2, 3);
  setting.guided.positive[0].context[2].fill_(0.5F);
  Calls calls;
  const at::Tensor denoised =
      guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
  BOOST_TEST(values_of(calls.context[0].mean({1, 2})) ==
             (std::vector<float>{0.25F, 0.25F, 0.25F, 0.75F, 0.75F, 0.5F}));
  BOOST_TEST(denoised[0].equal(denoised[1]));
  BOOST_TEST(!denoised[0].equal(denoised[2]));
}

BOOST_AUTO_TEST_CASE(contexts_of_a_batch_are_repeated_to_one_length) {
  at::Tensor two = context_of(1, 2);
  two.select(1, 1).fill_(2);
  const at::Tensor stacked = stacked_contexts({two, context_of(3, 3)});
  BOOST_TEST((stacked.sizes() == at::IntArrayRef{2, 6, 3}));
  BOOST_TEST(values_of(stacked.select(2, 0)) ==
             (std::vector<float>{1, 2, 1, 2, 1, 2, 3, 3, 3, 3, 3, 3}));
  BOOST_TEST(stacked_contexts({two}).equal(two));
  check_refused(BURIN_E_INVALID, "no contexts", [] { stacked_contexts({}); });
  check_refused(BURIN_E_INVALID, "[1, 2, 4]", [&] {
    stacked_contexts({two, at::ones({1, 2, 4})});
  });
  check_refused(BURIN_E_INVALID, "[2, 2, 3]", [&] {
    stacked_contexts({two, context_of(1, 2, 2)});
  });
  check_refused(BURIN_E_INVALID, "nothing", [&] { stacked_contexts({two, at::Tensor()}); });
}

BOOST_AUTO_TEST_CASE(the_crop_is_concatenated_unscaled_in_both_halves) {
  Setting setting;
  setting.model = model_of(Prediction::residual, true, 0.5);
  setting.guided.crop_latent = setting.guided.concat = initial_noise(2, {4, 6, 5});
  Calls calls;
  const at::Tensor denoised =
      guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
  BOOST_REQUIRE((calls.x[0].sizes() == at::IntArrayRef{2, 8, 6, 5}));
  for (int half = 0; half < 2; ++half) {
    BOOST_TEST(calls.x[0][half].slice(0, 4).equal(setting.guided.crop_latent[0]));
    BOOST_TEST(calls.x[0][half].slice(0, 0, 4).equal(scale_input(setting.x, setting.sigma)[0]));
  }
  const auto residual = [&](double mean) {
    return denoised_from_output(setting.model.family, levels, setting.x, setting.sigma,
                                scale_input(setting.x, setting.sigma) * mean,
                                setting.guided.crop_latent);
  };
  BOOST_TEST(largest_difference(denoised, residual(0.25) + (residual(0.75) - residual(0.25)) * 4) <
             1e-6);
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_refused_before_the_run) {
  const auto refused = [](const std::string& words, auto change) {
    Setting setting;
    change(setting);
    check_refused(BURIN_E_INVALID, words, [&] {
      Calls calls;
      guided_denoiser(setting.guided, calls.network());
    });
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused("without a model", [](Setting& s) { s.guided.model = nullptr; });
  refused("its levels", [](Setting& s) { s.guided.levels = nullptr; });
  refused("positive context is nothing",
          [](Setting& s) { s.guided.positive[0].context = at::Tensor(); });
  refused("negative context is nothing",
          [](Setting& s) { s.guided.negative[0].context = at::Tensor(); });
  refused("positive context is Float [2, 3]", [](Setting& s) {
    s.guided.positive[0].context = at::ones({2, 3});
  });
  refused("[1, 0, 3]", [](Setting& s) { s.guided.negative[0].context = at::ones({1, 0, 3}); });
  refused("channels must agree", [](Setting& s) {
    s.guided.negative[0].context = at::ones({1, 2, 4});
  });
  refused("cfg is", [&](Setting& s) { s.guided.cfg = nan; });
  refused("channels besides the latent",
          [](Setting& s) { s.model = model_of(Prediction::eps, true); });
  refused("strength is -1", [](Setting& s) { s.guided.positive[0].strength = -1; });
  refused("strength is nan", [&](Setting& s) { s.guided.negative[0].strength = nan; });
  refused("crop's own latent",
          [](Setting& s) { s.model = model_of(Prediction::residual, false, 0.5); });
  check_refused(BURIN_E_INVALID, "without a network", [] {
    Setting setting;
    guided_denoiser(setting.guided, Network{});
  });
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_the_latent_is_refused_at_the_call) {
  Setting setting;
  Calls calls;
  setting.guided.positive[0].context = context_of(0.75F, 2, 3);
  check_refused(BURIN_E_INVALID, "[3, 2, 3] on cpu for a batch of 1", [&] {
    guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
  });
  setting.guided.positive[0].context = context_of(0.75F);
  setting.guided.crop_latent = at::ones({1, 4, 6, 6});
  check_refused(BURIN_E_INVALID, "[1, 4, 6, 6]", [&] {
    guided_denoiser(setting.guided, calls.network())(setting.x, setting.sigma);
  });
  BOOST_TEST(calls.x.empty());
}

BOOST_AUTO_TEST_SUITE_END()
