// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Noise levels against the reference's numbers; predictions against their formulas.
#include "diffusion/model_sampling.hpp"

#include "diffusion/noise.hpp"
#include "tensor_checks.hpp"

using namespace burin::core;
using namespace burin::core::testing;

namespace {

const NoiseLevels levels = stable_diffusion_levels();

double level(int i) { return levels.sigmas[i].item<float>(); }

ModelFamily family_of(Prediction prediction, double residual_std = 0) {
  ModelFamily family;
  family.prediction = prediction;
  family.residual_std = residual_std;
  return family;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(model_sampling)

BOOST_AUTO_TEST_CASE(levels_are_the_references) {
  const std::vector<std::pair<int, double>> expected{
      {0, 0.0291671585},   {1, 0.0413144119},    {10, 0.0982910767},
      {100, 0.3439312279}, {250, 0.6957989335},  {500, 1.6182788610},
      {750, 4.0991640091}, {998, 14.5262756348}, {999, 14.6146411896}};
  for (const auto& [index, sigma] : expected) BOOST_TEST(level(index) == float(sigma));
  BOOST_TEST(levels.sigmas.numel() == 1000);
  BOOST_TEST(levels.min == level(0));
  BOOST_TEST(levels.max == level(999));
}

BOOST_AUTO_TEST_CASE(every_level_has_its_own_timestep) {
  BOOST_TEST(levels.timestep(levels.sigmas).equal(at::arange(1000)));
}

BOOST_AUTO_TEST_CASE(timesteps_are_the_nearest_in_log_sigma) {
  const at::Tensor sigmas = tensor_from({0.82886803F, 0.32111964F, 0.10719845F, 0.02916718F, 100});
  BOOST_TEST(levels.timestep(sigmas).equal(at::tensor({299, 90, 12, 0, 999}, at::kLong)));
  BOOST_TEST(levels.timestep(scalar(1e-6)).item<std::int64_t>() == 0);
  BOOST_TEST(levels.timestep(scalar(1.6)).dim() == 0);
}

BOOST_AUTO_TEST_CASE(sigma_interpolates_logarithms_and_clamps) {
  const double between = std::exp(0.75 * std::log(level(10)) + 0.25 * std::log(level(11)));
  check_close(values_of(levels.sigma(tensor_from({10, 10.25F, -4, 5000}))),
              {level(10), between, level(0), level(999)}, 1e-6);
}

BOOST_AUTO_TEST_CASE(percents_are_the_references) {
  for (const auto& [percent, sigma] : std::vector<std::pair<double, double>>{{0.1, 8.3071709},
                                                                             {0.2, 5.0924082},
                                                                             {0.5, 1.6155803},
                                                                             {0.8, 0.5711889},
                                                                             {0.9, 0.3437048}})
    BOOST_TEST(std::abs(levels.percent_to_sigma(percent) - sigma) < 1e-6 * sigma);
  BOOST_TEST(levels.percent_to_sigma(0) == 999999999.9);
  BOOST_TEST(levels.percent_to_sigma(-1) == 999999999.9);
  BOOST_TEST(levels.percent_to_sigma(1) == 0);
  BOOST_TEST(levels.percent_to_sigma(1.5) == 0);
}

BOOST_AUTO_TEST_CASE(scaled_input_of_a_unit_latent_has_unit_variance) {
  const at::Tensor latent = initial_noise(1, {4, 64, 64});
  const at::Tensor noised = latent + initial_noise(2, {4, 64, 64}) * 3;
  BOOST_TEST(std::abs(scale_input(noised, scalar(3)).std().item<double>() - 1) < 0.03);
}

BOOST_AUTO_TEST_CASE(the_noise_as_output_gives_the_clean_latent) {
  const at::Tensor latent = initial_noise(1, {4, 8, 8}), noise = initial_noise(2, {4, 8, 8});
  const at::Tensor sigma = scalar(2.5);
  const at::Tensor denoised = denoised_from_output(family_of(Prediction::eps), levels,
                                                   latent + noise * sigma, sigma, noise, {});
  BOOST_TEST(largest_difference(denoised, latent) < 2e-6);
}

BOOST_AUTO_TEST_CASE(residual_of_nothing_pulls_to_the_crop) {
  const at::Tensor crop = at::full({1, 1, 1, 1}, 2.0F), x = at::full({1, 1, 1, 1}, 5.0F);
  const at::Tensor none = at::zeros_like(x);
  const auto denoised = [&](double sigma, const at::Tensor& output) {
    return denoised_from_output(family_of(Prediction::residual, 0.5), levels, x, scalar(sigma),
                                output, crop)
        .item<float>();
  };
  // 2 + 0.25 / (4 + 0.25) * 3, then with 2 * 0.5 / sqrt(4.25) of an output of 1 more
  BOOST_TEST(std::abs(denoised(2, none) - 2.1764706) < 1e-6);
  BOOST_TEST(std::abs(denoised(2, none + 1) - 2.6615418) < 1e-6);
  BOOST_TEST(std::abs(denoised(1e4, none) - 2) < 1e-6);
  BOOST_TEST(std::abs(denoised(1e-4, none) - 5) < 1e-6);
}

BOOST_AUTO_TEST_CASE(residual_output_of_the_training_target_gives_the_clean_latent) {
  // The target of the preconditioned network: (y - c - skip (x - c)) / scale.
  const double std = 0.3, s = 1.7, skip = std * std / (s * s + std * std);
  const double scale = s * std / std::sqrt(s * s + std * std);
  const at::Tensor crop = initial_noise(1, {4, 8, 8}),
                   clean = crop + 0.3 * initial_noise(2, {4, 8, 8});
  const at::Tensor x = clean + s * initial_noise(3, {4, 8, 8});
  const at::Tensor target = (clean - crop - skip * (x - crop)) / scale;
  BOOST_TEST(largest_difference(denoised_from_output(family_of(Prediction::residual, std), levels,
                                                     x, scalar(s), target, crop),
                                clean) < 2e-6);
}

BOOST_AUTO_TEST_CASE(residual_without_a_crop_is_refused) {
  const at::Tensor x = at::zeros({1, 4, 8, 8});
  check_refused(BURIN_E_INVALID, "crop latent", [&] {
    denoised_from_output(family_of(Prediction::residual, 0.5), levels, x, scalar(1), x, {});
  });
  check_refused(BURIN_E_INVALID, "crop latent", [&] {
    denoised_from_output(family_of(Prediction::residual, 0.5), levels, x, scalar(1), x,
                         at::zeros({1, 4, 8, 7}));
  });
  for (const double deviation : {0.0, -1.0, std::nan("")})
    check_refused(BURIN_E_INVALID, "above 0", [&] {
      denoised_from_output(family_of(Prediction::residual, deviation), levels, x, scalar(1), x, x);
    });
}

// Each kind's training target gives the clean latent back.
BOOST_AUTO_TEST_CASE(every_prediction_of_its_target_is_the_clean_latent) {
  const at::Tensor clean = initial_noise(1, {4, 8, 8}), noise = initial_noise(2, {4, 8, 8});
  const double s = 2.5;
  const at::Tensor x = clean + s * noise;
  const auto error = [&](Prediction prediction, double data, const at::Tensor& target) {
    ModelFamily family = family_of(prediction);
    family.sigma_data = data;
    return largest_difference(denoised_from_output(family, levels, x, scalar(s), target, {}),
                              clean);
  };
  for (const double d : {1.0, 0.5}) {
    const double root = std::sqrt(s * s + d * d);
    const at::Tensor edm = (clean - x * d * d / (s * s + d * d)) * root / (s * d);
    BOOST_TEST(error(Prediction::edm, d, edm) < 2e-6);
    BOOST_TEST(error(Prediction::v, d, -edm) < 2e-6);
  }
  // Of unit data, v is what Salimans and Ho define: alpha noise - sigma clean.
  const double alpha = 1 / std::sqrt(1 + s * s), share = s * alpha;
  BOOST_TEST(error(Prediction::v, 1, alpha * noise - share * clean) < 2e-6);
  BOOST_TEST(error(Prediction::x0, 1, clean) == 0);
}

BOOST_AUTO_TEST_CASE(a_distilled_network_has_every_twentieth_level) {
  const NoiseLevels few = noise_levels(family_of(Prediction::lcm));
  BOOST_TEST(few.sigmas.numel() == 50);
  BOOST_TEST(few.min == level(19));
  BOOST_TEST(few.max == level(999));
  BOOST_TEST(few.timestep(few.sigmas).equal(at::arange(19, 1000, 20)));
  check_close(
      values_of(few.sigma(at::arange(19, 1000, 20))),
      [&] {
        const std::vector<float> all = values_of(few.sigmas);
        return std::vector<double>(all.begin(), all.end());
      }(),
      1e-6);
  check_close(values_of(few.sigma(tensor_from({0, 999}))), {level(19), level(999)}, 1e-6);
  BOOST_TEST(few.timestep(scalar(1e-3)).item<std::int64_t>() == 19);
  // Levels of sgm_uniform, half way and less between two of them.
  const at::Tensor between = tensor_from(
      {1.667901873588562F, 1.1138553619384766F, 0.7325183153152466F, 0.4367247521877289F});
  for (const auto& [index, timestep] : {std::pair{0, 519}, {1, 379}, {2, 259}, {3, 139}})
    BOOST_TEST(few.timestep(between[index]).item<std::int64_t>() == timestep);
}

// c_skip and c_out at timestep 999 and 19, by hand.
BOOST_AUTO_TEST_CASE(a_consistency_network_keeps_a_share_of_its_input) {
  const ModelFamily family = family_of(Prediction::lcm);
  const NoiseLevels few = noise_levels(family);
  const at::Tensor x = at::full({1, 1, 1, 1}, 100.0F), out = at::full({1, 1, 1, 1}, 2.0F);
  for (const auto& [index, timestep] : {std::pair{49, 999.0}, {0, 19.0}}) {
    const at::Tensor sigma = few.sigmas[index];
    const double scaled = timestep * 10, total = scaled * scaled + 0.25;
    const double expected =
        scaled / std::sqrt(total) * (100 - 2 * sigma.item<double>()) + 0.25 / total * 100;
    BOOST_TEST(std::abs(denoised_from_output(family, few, x, sigma, out, {}).item<float>() -
                        expected) < 1e-4);
  }
}

BOOST_AUTO_TEST_CASE(a_zero_terminal_snr_stretches_the_levels) {
  ModelFamily family = family_of(Prediction::v);
  family.zero_terminal_snr = true;
  const NoiseLevels stretched = noise_levels(family);
  const auto at_level = [&](int i) { return double(stretched.sigmas[i].item<float>()); };
  BOOST_TEST(std::abs(at_level(0) - level(0)) < 5e-6);
  BOOST_TEST(std::abs(at_level(1) - 0.04206757) < 5e-6);
  BOOST_TEST(std::abs(at_level(500) - 1.77455747) < 1e-5);
  BOOST_TEST(std::abs(at_level(998) / 2254.23803711 - 1) < 1e-3);
  BOOST_TEST(std::abs(at_level(999) / 4518.76367188 - 1) < 1e-6);
  BOOST_TEST(stretched.timestep(stretched.sigmas).equal(at::arange(1000)));
}

BOOST_AUTO_TEST_CASE(continuous_levels_are_even_in_log_sigma) {
  ModelFamily family = family_of(Prediction::edm);
  family.sigma_min = 0.002;
  family.sigma_max = 80;
  const NoiseLevels even = noise_levels(family);
  BOOST_TEST(even.sigmas.numel() == 1000);
  BOOST_TEST(std::abs(even.min - 0.002) < 1e-8);
  BOOST_TEST(std::abs(even.max - 80) < 1e-4);
  check_close(values_of(even.timestep(tensor_from({1, 80}))), {0, 0.25 * std::log(80)}, 1e-6);
  check_close(values_of(even.sigma(even.timestep(tensor_from({0.5F, 7})))), {0.5, 7}, 1e-5);
  BOOST_TEST(std::abs(even.percent_to_sigma(0.5) - std::sqrt(0.002 * 80)) < 1e-4);
  for (const auto& [least, most] :
       {std::pair{0.0, 80.0}, {2.0, 2.0}, {-1.0, 3.0}, {1.0, INFINITY}}) {
    family.sigma_min = least;
    family.sigma_max = most;
    check_refused(BURIN_E_INVALID, "levels go from", [&] { noise_levels(family); });
  }
}

BOOST_AUTO_TEST_CASE(noise_is_added_by_level) {
  const at::Tensor latent = initial_noise(1, {4, 8, 8}), noise = initial_noise(2, {4, 8, 8});
  const auto noised = [&](Prediction prediction, double sigma) {
    return add_noise(levels, prediction, latent, noise, scalar(sigma));
  };
  BOOST_TEST(noised(Prediction::eps, 2).equal(noise * 2.0F + latent));
  // "normal" starts at 14.6146402, "karras" at 14.6146431: both are the maximum
  for (const double sigma : {14.6146402, 14.6146431, 20.0}) {
    const double whole = std::sqrt(1 + double(float(sigma)) * float(sigma));
    BOOST_TEST(largest_difference(noised(Prediction::eps, sigma), noise * whole + latent) < 1e-5);
    BOOST_TEST(noised(Prediction::residual, sigma).equal(noise * scalar(sigma) + latent));
  }
  BOOST_TEST(noised(Prediction::eps, 14.4385691).equal(noise * scalar(14.4385691) + latent));
}

BOOST_AUTO_TEST_SUITE_END()
