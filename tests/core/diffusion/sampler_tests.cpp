// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Every sampler against what the reference's gives for a toy model, and the rules they share.
#include "diffusion/sampler.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "job/job.hpp"
#include "toy_model.hpp"

using namespace burin::core;
using namespace burin::core::testing;

namespace {

struct Recorded {
  std::string sampler;
  int calls;
  std::vector<double> first_values;
  double mean_size;
  std::vector<double> first_denoised;  // where it differs from the samples
  double mean_denoised;
};

// Eight steps to 0, one item of seed 42. The numbers are printed with six decimals.
const std::vector<Recorded> recorded_runs{
    {"euler", 8, {3.105107, 2.730579, 2.181756}, 1.9177907, {}, 0},
    {"euler_cfg_pp", 8, {3.956921, 3.593859, 3.085695}, 2.8624103, {}, 0},
    {"euler_ancestral", 8, {-1.556975, -1.547209, -3.065197}, 1.6304691, {}, 0},
    {"euler_ancestral_cfg_pp", 8, {-1.635415, -1.509176, -3.309513}, 1.8673496, {}, 0},
    {"heun", 15, {4.704000, 4.209692, 3.507599}, 3.1462801, {}, 0},
    {"heunpp2", 21, {3.191109, 2.805587, 2.243832}, 1.9713317, {}, 0},
    {"dpm_2", 15, {4.313024, 3.837059, 3.159484}, 2.8164763, {}, 0},
    {"dpm_2_ancestral", 15, {-3.066991, 2.817304, -6.425364}, 4.7313141, {}, 0},
    {"lms", 8, {3.482183, 3.063858, 2.457184}, 2.1606339, {}, 0},
    {"dpm_fast",
     8,
     {4.011251, 3.543523, 2.880094},
     2.5471764,
     {3.289745, 2.840503, 2.208491},
     1.9392257},
    {"dpm_adaptive",
     21,
     {3.770205, 3.316809, 2.674548},
     2.3777822,
     {3.495409, 3.045899, 2.408491},
     2.1256846},
    {"dpmpp_2s_ancestral", 15, {-2.132697, -1.516313, -4.170320}, 2.6356281, {}, 0},
    {"dpmpp_2s_ancestral_cfg_pp", 15, {-2.535838, -1.567367, -4.704055}, 3.1662738, {}, 0},
    {"dpmpp_sde", 15, {-2.810149, 1.472594, -1.094568}, 2.6854749, {}, 0},
    {"dpmpp_2m", 8, {4.030913, 3.541930, 2.839158}, 2.4951090, {}, 0},
    {"dpmpp_2m_cfg_pp", 8, {6.275054, 5.797334, 5.144286}, 4.8739645, {}, 0},
    {"dpmpp_2m_sde", 8, {-3.041905, 0.003221, -0.320737}, 2.7819722, {}, 0},
    {"dpmpp_2m_sde_heun", 8, {-3.686311, -0.269717, -0.887412}, 3.3144853, {}, 0},
    {"dpmpp_3m_sde", 8, {-3.790675, 1.001822, -1.312360}, 3.7643689, {}, 0},
    {"ddpm",
     8,
     {-1.556968, -1.547202, -3.065189},
     1.6304634,
     {-1.556976, -1.547210, -3.065199},
     1.6304705},
    {"lcm", 8, {-2.222068, -2.392144, -3.031711}, 1.5499895, {}, 0},
    {"ipndm", 8, {4.070464, 3.605288, 2.940524}, 2.6082981, {}, 0},
    {"ipndm_v", 8, {3.827379, 3.375780, 2.725998}, 2.4048259, {}, 0},
    {"deis", 8, {3.643659, 3.201255, 2.564265}, 2.2550911, {}, 0},
    {"res_multistep", 8, {4.254931, 3.736984, 2.994848}, 2.6324529, {}, 0},
    {"res_multistep_cfg_pp", 8, {3.521020, 3.008975, 2.294455}, 2.0451638, {}, 0},
    {"res_multistep_ancestral", 8, {-4.002662, -4.472164, -5.711188}, 3.0370249, {}, 0},
    {"res_multistep_ancestral_cfg_pp", 8, {-1.279621, -2.071021, -3.084120}, 1.2302058, {}, 0},
    {"gradient_estimation", 8, {4.189692, 3.695147, 2.989093}, 2.6376494, {}, 0},
    {"gradient_estimation_cfg_pp", 8, {4.168302, 3.677466, 2.989320}, 2.6976175, {}, 0},
    {"er_sde", 8, {2.903226, 2.851617, -0.256400}, 2.3333095, {}, 0},
    {"seeds_2", 15, {-3.509457, -0.870446, -3.103507}, 2.4726482, {}, 0},
    {"seeds_3", 22, {-3.689300, -3.575520, -4.483668}, 3.3156422, {}, 0},
    {"sa_solver", 8, {-2.203678, 3.079458, -3.459714}, 2.4862755, {}, 0},
    {"sa_solver_pece",
     15,
     {-2.069759, 3.304569, -3.272065},
     2.5910499,
     {-1.846432, 3.075940, -3.043494},
     2.3796871},
    {"uni_pc",
     8,
     {4.594536, 4.078676, 3.343343},
     2.9815567,
     {4.614280, 4.097951, 3.361860},
     2.9986055},
    {"uni_pc_bh2",
     8,
     {4.364037, 3.859238, 3.139987},
     2.7946149,
     {4.378894, 3.873858, 3.154184},
     2.8076858},
};

// The first five of the levels, ending at 0.82886803.
const std::vector<Recorded> recorded_short_runs{
    {"euler", 4, {2.675390, 2.167600, 1.485720}, 1.3263247, {}, 0},
    {"euler_ancestral", 4, {-0.342086, -1.074488, -2.118568}, 1.0301031, {}, 0},
    {"dpmpp_2m", 4, {2.874187, 2.326166, 1.588701}, 1.4092548, {}, 0},
    {"uni_pc", 4, {2.767035, 2.240461, 1.533259}, 1.3633603, {}, 0},
    {"heunpp2", 9, {2.723397, 2.205833, 1.510761}, 1.3462026, {}, 0},
    {"lms", 4, {2.804971, 2.271279, 1.553273}, 1.3813201, {}, 0},
    {"dpmpp_2m_sde", 4, {-1.490832, -0.829422, -0.580008}, 1.3492258, {}, 0},
    {"lcm", 4, {-0.813020, -2.048555, -2.027096}, 0.8970872, {}, 0}};

// 2e-6 is what two implementations of one text agree to in float32.
constexpr double tolerance = 2e-6;

void check_values(const at::Tensor& x, const std::vector<double>& first, double mean) {
  std::vector<float> actual = values_of(x);
  actual.resize(first.size());
  check_close(actual, first, tolerance);
  check_close({x.abs().mean().item<float>()}, {mean}, tolerance);
}

void check_recorded(const Recorded& recorded, const at::Tensor& sigmas) {
  SamplerInput input = toy_input(sigmas);
  int calls = 0;
  input.model = [&](const at::Tensor& x, const at::Tensor& sigma) {
    ++calls;
    return toy_denoised(x, sigma);
  };
  const at::Tensor x_before = input.x.clone(), sigmas_before = sigmas.clone();
  const SamplerOutput output = run_sampler(recorded.sampler, input);
  BOOST_TEST(calls == recorded.calls);
  check_values(output.samples, recorded.first_values, recorded.mean_size);
  if (!recorded.first_denoised.empty())
    check_values(output.last_denoised, recorded.first_denoised, recorded.mean_denoised);
  else if (sigmas[-1].item<float>() == 0)
    check_values(output.last_denoised, recorded.first_values, recorded.mean_size);
  BOOST_TEST(input.x.equal(x_before));
  BOOST_TEST(input.sigmas.equal(sigmas_before));
}

SamplerInput batch_input(const std::vector<std::uint64_t>& seeds) {
  SamplerInput input = toy_input(toy_sigmas());
  std::vector<at::Tensor> items;
  for (const std::uint64_t seed : seeds) items.push_back(initial_noise(seed, {4, 9, 7}) * 14.65);
  input.x = at::cat(items);
  input.seeds = seeds;
  return input;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sampler)

BOOST_AUTO_TEST_CASE(eight_steps_are_the_references) {
  for (const Recorded& recorded : recorded_runs) BOOST_TEST_CONTEXT(recorded.sampler) {
      check_recorded(recorded, toy_sigmas());
    }
}

BOOST_AUTO_TEST_CASE(a_run_that_ends_above_zero_is_the_references) {
  for (const Recorded& recorded : recorded_short_runs) BOOST_TEST_CONTEXT(recorded.sampler) {
      check_recorded(recorded, toy_sigmas().narrow(0, 0, 5));
    }
}

BOOST_AUTO_TEST_CASE(every_sampler_in_the_list_has_a_recorded_run) {
  std::set<std::string> recorded{"ddim"};  // euler, but for the mask's noise
  for (const Recorded& run : recorded_runs) recorded.insert(run.sampler);
  const std::vector<std::string> names = sampler_list();
  BOOST_TEST((std::set<std::string>(names.begin(), names.end()) == recorded));
  BOOST_TEST(names.size() == recorded.size());
}

BOOST_AUTO_TEST_CASE(a_job_may_name_exactly_the_samplers_there_are) {
  BOOST_TEST(sampler_names() == sampler_list());
}

BOOST_AUTO_TEST_CASE(ddim_is_euler_with_its_own_noise_at_the_mask) {
  BOOST_TEST(run_sampler("ddim", toy_input(toy_sigmas()))
                 .samples.equal(run_sampler("euler", toy_input(toy_sigmas())).samples));
  BOOST_TEST(redraws_inpaint_noise("ddim"));
  BOOST_TEST(!redraws_inpaint_noise("euler"));
}

BOOST_AUTO_TEST_CASE(a_batch_gives_what_its_items_alone_give) {
  for (const std::string& name : sampler_list()) {
    if (name == "dpm_adaptive") continue;  // its steps follow the error of the whole batch
    BOOST_TEST_CONTEXT(name) {
      const SamplerOutput both = run_sampler(name, batch_input({5, 99}));
      const SamplerOutput first = run_sampler(name, batch_input({5}));
      const SamplerOutput second = run_sampler(name, batch_input({99}));
      BOOST_TEST(largest_difference(both.samples, at::cat({first.samples, second.samples})) < 1e-5);
      BOOST_TEST(largest_difference(both.last_denoised,
                                    at::cat({first.last_denoised, second.last_denoised})) < 1e-5);
    }
  }
}

BOOST_AUTO_TEST_CASE(one_step_to_zero_gives_the_prediction) {
  for (const std::string& name : sampler_list()) {
    BOOST_TEST_CONTEXT(name) {
      SamplerInput input = toy_input(tensor_from({3, 0}));
      const at::Tensor expected = toy_denoised(input.x, input.sigmas[0]);
      const SamplerOutput output = run_sampler(name, input);
      BOOST_TEST(largest_difference(output.last_denoised, expected) < 1e-5);
      if (name.find("uni_pc") == std::string::npos && !name.starts_with("dpm_fast") &&
          !name.starts_with("dpm_adaptive"))
        BOOST_TEST(largest_difference(output.samples, expected) < 1e-5);
    }
  }
}

BOOST_AUTO_TEST_CASE(two_and_three_steps_stay_finite) {
  for (const std::string& name : sampler_list()) {
    for (const std::vector<float>& sigmas :
         {std::vector<float>{3, 0.7F, 0}, {3, 0.7F, 0.1F, 0}, {3, 0.7F}, {3, 0.7F, 0.1F}}) {
      BOOST_TEST_CONTEXT(name << " " << sigmas.size()) {
        const SamplerOutput output = run_sampler(name, toy_input(tensor_from(sigmas)));
        BOOST_TEST(output.samples.isfinite().all().item<bool>());
        BOOST_TEST(output.last_denoised.isfinite().all().item<bool>());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(more_steps_come_closer_to_the_solution) {
  // The prediction of a normal distribution of deviation 0.5 about 0 has an exact flow:
  // x(0) = x(s) 0.5 / sqrt(s^2 + 0.25).
  const auto error = [](const std::string& name, int steps) {
    const at::Tensor ramp = at::linspace(0, 1, steps, at::kFloat);
    const double low = std::pow(0.03, 1.0 / 7), high = std::pow(14.6, 1.0 / 7);
    SamplerInput input = toy_input(at::cat({(high + ramp * (low - high)).pow(7), at::zeros({1})}));
    input.model = [](const at::Tensor& x, const at::Tensor& sigma) {
      return x * (0.25 / (sigma.pow(2) + 0.25));
    };
    const at::Tensor exact = input.x * (0.5 / std::sqrt(14.6 * 14.6 + 0.25));
    return largest_difference(run_sampler(name, input).samples, exact);
  };
  // Not ipndm_v: the reference's weights for steps of unequal width do not converge to it.
  for (const std::string name : {"euler", "heun", "heunpp2", "dpm_2", "lms", "dpmpp_2m", "ipndm",
                                 "deis", "res_multistep", "uni_pc", "uni_pc_bh2"}) {
    BOOST_TEST_CONTEXT(name << " " << error(name, 10) << " " << error(name, 40)) {
      BOOST_TEST(error(name, 40) < 0.5 * error(name, 10));
      BOOST_TEST(error(name, 40) < 0.1);
    }
  }
}

BOOST_AUTO_TEST_CASE(brownian_noise_follows_the_given_range) {
  SamplerInput input = toy_input(toy_sigmas().slice(0, 3));
  const at::Tensor own_range = run_sampler("dpmpp_2m_sde", input).samples;
  input.range_min = 0.0291671771556139;
  input.range_max = 1.9103562831878662;
  BOOST_TEST(run_sampler("dpmpp_2m_sde", input).samples.equal(own_range));
  input.range_max = 14.614643096923828;
  BOOST_TEST(largest_difference(run_sampler("dpmpp_2m_sde", input).samples, own_range) > 0.01);
}

BOOST_AUTO_TEST_CASE(the_heun_form_takes_the_range_of_its_own_levels) {
  SamplerInput input = toy_input(toy_sigmas().slice(0, 3));
  const at::Tensor own_range = run_sampler("dpmpp_2m_sde_heun", input).samples;
  input.range_min = 0.0291671771556139;
  input.range_max = 14.614643096923828;
  BOOST_TEST(run_sampler("dpmpp_2m_sde_heun", input).samples.equal(own_range));
}

BOOST_AUTO_TEST_CASE(every_step_is_reported_and_may_cancel) {
  for (const std::string& name : sampler_list()) {
    BOOST_TEST_CONTEXT(name) {
      std::vector<int> reported;
      SamplerInput input = toy_input(toy_sigmas());
      input.after_step = [&](int step, int steps) {
        BOOST_TEST(steps == 8);
        reported.push_back(step);
      };
      run_sampler(name, input);
      BOOST_TEST(reported == (std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8}));
      input.after_step = [](int step, int) {
        if (step == 3) throw Error(BURIN_E_CANCELLED, "the run was cancelled");
      };
      check_refused(BURIN_E_CANCELLED, "cancelled", [&] { run_sampler(name, input); });
    }
  }
}

BOOST_AUTO_TEST_CASE(cfg_pp_needs_the_unconditional_prediction) {
  for (const std::string& name : sampler_list()) {
    SamplerInput input = toy_input(toy_sigmas());
    input.model = [](const at::Tensor& x, const at::Tensor& sigma) {
      return toy_denoised(x, sigma).guided;
    };
    BOOST_TEST_CONTEXT(name) {
      if (needs_unconditional(name))
        check_refused(BURIN_E_INVALID, "unconditional", [&] { run_sampler(name, input); });
      else
        BOOST_TEST(run_sampler(name, input).samples.defined());
    }
  }
}

// Without guidance, CFG++ is plain sampling.
BOOST_AUTO_TEST_CASE(cfg_pp_without_guidance_is_the_plain_sampler) {
  // But for dpmpp_2s_ancestral, which subtracts predictions of two places.
  for (const std::string name : {"euler", "euler_ancestral", "res_multistep",
                                 "res_multistep_ancestral", "gradient_estimation"}) {
    SamplerInput input = toy_input(toy_sigmas());
    input.model = [](const at::Tensor& x, const at::Tensor& sigma) {
      const at::Tensor same = toy_denoised(x, sigma).guided;
      return Denoised(same, same);
    };
    BOOST_TEST_CONTEXT(name)
    BOOST_TEST(largest_difference(run_sampler(name + "_cfg_pp", input).samples,
                                  run_sampler(name, input).samples) < 1e-4);
  }
}

BOOST_AUTO_TEST_CASE(the_adaptive_sampler_ends_where_predictions_stop_being_finite) {
  SamplerInput input = toy_input(toy_sigmas());
  int calls = 0;
  input.model = [&](const at::Tensor& x, const at::Tensor& sigma) {
    return ++calls < 8 ? toy_denoised(x, sigma) : Denoised(at::full_like(x, std::nanf("")));
  };
  const SamplerOutput output = run_sampler("dpm_adaptive", input);
  BOOST_TEST(calls < 12);
  BOOST_TEST(!output.samples.isfinite().all().item<bool>());
}

BOOST_AUTO_TEST_CASE(the_release_of_2024_ends_multistep_runs_with_all_directions) {
  for (const std::string name : {"lms", "ipndm", "ipndm_v"}) {
    SamplerInput input = toy_input(toy_sigmas());
    const SamplerOutput later = run_sampler(name, input);
    input.release = Release::october_2024;
    const SamplerOutput earlier = run_sampler(name, input);
    BOOST_TEST(earlier.last_denoised.equal(later.last_denoised));
    BOOST_TEST(later.samples.equal(later.last_denoised));
    BOOST_TEST(largest_difference(earlier.samples, later.samples) > 1e-3);
  }
}

BOOST_AUTO_TEST_CASE(equal_neighbours_are_one_level) {
  for (const std::string name : {"euler", "dpmpp_2m", "lms", "uni_pc", "dpmpp_2m_sde"})
    BOOST_TEST(
        run_sampler(name, toy_input(tensor_from({3, 3, 1, 1, 1, 0.2F, 0})))
            .samples.equal(run_sampler(name, toy_input(tensor_from({3, 1, 0.2F, 0}))).samples));
}

BOOST_AUTO_TEST_CASE(uni_pc_leaves_a_small_last_level) {
  for (const std::string name : {"uni_pc", "uni_pc_bh2"}) {
    BOOST_TEST(values_of(sampled_levels(name, tensor_from({3, 1, 0}))) ==
               (std::vector<float>{3, 1, 0.001F}));
    BOOST_TEST(values_of(sampled_levels(name, tensor_from({3, 1}))) == (std::vector<float>{3, 1}));
  }
  BOOST_TEST(values_of(sampled_levels("euler", tensor_from({3, 1, 0}))) ==
             (std::vector<float>{3, 1, 0}));
}

BOOST_AUTO_TEST_CASE(unknown_names_are_refused_with_the_known_ones) {
  for (const std::string name : {"Euler", "", "dpm_adaptive_cfg_pp", "euler_cfg"})
    check_refused(BURIN_E_UNSUPPORTED, "euler, euler_cfg_pp, euler_ancestral",
                  [&] { run_sampler(name, toy_input(toy_sigmas())); });
}

BOOST_AUTO_TEST_CASE(input_that_does_not_fit_is_refused) {
  const auto refused = [](const std::string& words, auto change) {
    SamplerInput input = toy_input(toy_sigmas());
    change(input);
    check_refused(BURIN_E_INVALID, words, [&] { run_sampler("euler", input); });
  };
  refused("without a model", [](SamplerInput& input) { input.model = nullptr; });
  refused("got the latent nothing", [](SamplerInput& input) { input.x = at::Tensor(); });
  refused("[N, C, h, w]", [](SamplerInput& input) { input.x = input.x[0]; });
  refused("float32", [](SamplerInput& input) { input.x = input.x.to(at::kDouble); });
  refused("2 seeds for 1 items", [](SamplerInput& input) { input.seeds = {1, 2}; });
  refused("got the levels nothing", [](SamplerInput& input) { input.sigmas = at::Tensor(); });
  refused("[2 or more]", [](SamplerInput& input) { input.sigmas = tensor_from({3}); });
  refused("float32", [](SamplerInput& input) { input.sigmas = input.sigmas.to(at::kDouble); });
  refused("[2 or more]", [](SamplerInput& input) { input.sigmas = at::ones({2, 2}); });
  refused("must not rise", [](SamplerInput& input) { input.sigmas = tensor_from({1, 2, 0}); });
  refused("different", [](SamplerInput& input) { input.sigmas = tensor_from({2, 2}); });
  refused("only the last", [](SamplerInput& input) { input.sigmas = tensor_from({2, 0, 0}); });
  refused("above 0", [](SamplerInput& input) { input.sigmas = tensor_from({2, -1}); });
  refused("finite", [](SamplerInput& input) {
    input.sigmas = tensor_from({std::numeric_limits<float>::infinity(), 1});
  });
  refused("finite", [](SamplerInput& input) { input.sigmas = tensor_from({std::nanf(""), 0}); });
}

BOOST_AUTO_TEST_SUITE_END()
