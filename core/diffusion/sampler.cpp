// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The samplers by name.
#include "diffusion/sampler.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "diffusion/sampler_families.hpp"
#include "runtime/error.hpp"
#include "runtime/text.hpp"

namespace burin::core {
namespace {

struct Sampler {
  std::string_view name;
  SamplerOutput (*run)(SamplerRun& run);
};

constexpr std::array<Sampler, 38> samplers{{
    {"euler", sample_euler},
    {"euler_cfg_pp", sample_euler_cfg_pp},
    {"euler_ancestral", sample_euler_ancestral},
    {"euler_ancestral_cfg_pp", sample_euler_ancestral_cfg_pp},
    {"heun", sample_heun},
    {"heunpp2", sample_heunpp2},
    {"dpm_2", sample_dpm_2},
    {"dpm_2_ancestral", sample_dpm_2_ancestral},
    {"lms", sample_lms},
    {"dpm_fast", sample_dpm_fast},
    {"dpm_adaptive", sample_dpm_adaptive},
    {"dpmpp_2s_ancestral", sample_dpmpp_2s_ancestral},
    {"dpmpp_2s_ancestral_cfg_pp", sample_dpmpp_2s_ancestral_cfg_pp},
    {"dpmpp_sde", sample_dpmpp_sde},
    {"dpmpp_2m", sample_dpmpp_2m},
    {"dpmpp_2m_cfg_pp", sample_dpmpp_2m_cfg_pp},
    {"dpmpp_2m_sde", sample_dpmpp_2m_sde},
    {"dpmpp_2m_sde_heun", sample_dpmpp_2m_sde_heun},
    {"dpmpp_3m_sde", sample_dpmpp_3m_sde},
    {"ddpm", sample_ddpm},
    {"lcm", sample_lcm},
    {"ipndm", sample_ipndm},
    {"ipndm_v", sample_ipndm_v},
    {"deis", sample_deis},
    {"res_multistep", sample_res_multistep},
    {"res_multistep_cfg_pp", sample_res_multistep_cfg_pp},
    {"res_multistep_ancestral", sample_res_multistep_ancestral},
    {"res_multistep_ancestral_cfg_pp", sample_res_multistep_ancestral_cfg_pp},
    {"gradient_estimation", sample_gradient_estimation},
    {"gradient_estimation_cfg_pp", sample_gradient_estimation_cfg_pp},
    {"er_sde", sample_er_sde},
    {"seeds_2", sample_seeds_2},
    {"seeds_3", sample_seeds_3},
    {"sa_solver", sample_sa_solver},
    {"sa_solver_pece", sample_sa_solver_pece},
    {"ddim", sample_euler},
    {"uni_pc", sample_uni_pc},
    {"uni_pc_bh2", sample_uni_pc_bh2},
}};

}  // namespace

std::vector<std::string> sampler_list() {
  std::vector<std::string> names;
  for (const Sampler& sampler : samplers) names.emplace_back(sampler.name);
  return names;
}

SamplerOutput run_sampler(const std::string& name, const SamplerInput& input) {
  const auto* chosen = std::find_if(samplers.begin(), samplers.end(),
                                    [&](const Sampler& sampler) { return sampler.name == name; });
  if (chosen == samplers.end())
    throw Error(BURIN_E_UNSUPPORTED, "the sampler \"" + name + "\" is not known; expected one of " +
                                         joined(views(sampler_list())));
  SamplerRun run(input);
  return chosen->run(run);
}

bool needs_unconditional(const std::string& name) { return name.ends_with("_cfg_pp"); }

bool redraws_inpaint_noise(const std::string& name) { return name == "ddim"; }

at::Tensor sampled_levels(const std::string& name, const at::Tensor& sigmas) {
  if (name != "uni_pc" && name != "uni_pc_bh2") return sigmas;
  if (sigmas.numel() == 0 || sigmas[-1].item<float>() != 0) return sigmas;
  at::Tensor levels = sigmas.clone();
  levels[-1].fill_(unipc_last_level);
  return levels;
}

}  // namespace burin::core
