// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The samplers and schedulers a job may name.
#include <algorithm>

#include "job/job.hpp"

namespace burin::core {

const std::vector<std::string>& sampler_names() {
  static const std::vector<std::string> names = {
      "euler",
      "euler_cfg_pp",
      "euler_ancestral",
      "euler_ancestral_cfg_pp",
      "heun",
      "heunpp2",
      "dpm_2",
      "dpm_2_ancestral",
      "lms",
      "dpm_fast",
      "dpm_adaptive",
      "dpmpp_2s_ancestral",
      "dpmpp_2s_ancestral_cfg_pp",
      "dpmpp_sde",
      "dpmpp_2m",
      "dpmpp_2m_cfg_pp",
      "dpmpp_2m_sde",
      "dpmpp_2m_sde_heun",
      "dpmpp_3m_sde",
      "ddpm",
      "lcm",
      "ipndm",
      "ipndm_v",
      "deis",
      "res_multistep",
      "res_multistep_cfg_pp",
      "res_multistep_ancestral",
      "res_multistep_ancestral_cfg_pp",
      "gradient_estimation",
      "gradient_estimation_cfg_pp",
      "er_sde",
      "seeds_2",
      "seeds_3",
      "sa_solver",
      "sa_solver_pece",
      "ddim",
      "uni_pc",
      "uni_pc_bh2",
  };
  return names;
}

const std::vector<std::string>& scheduler_names() {
  static const std::vector<std::string> names = {
      "simple",   "sgm_uniform", "karras",           "exponential", "ddim_uniform",
      "beta",     "normal",      "linear_quadratic", "kl_optimal",  "AYS SD1",
      "AYS SDXL", "AYS SVD",     "GITS[coeff=1.2]",
  };
  return names;
}

bool is_module_id(const std::string& name) {
  return name.find('.') != std::string::npos &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string::npos;
}

bool is_sampler(const std::string& name) {
  return std::ranges::find(sampler_names(), name) != sampler_names().end() || is_module_id(name);
}

bool is_scheduler(const std::string& name) {
  const auto& names = scheduler_names();
  return std::ranges::find(names, name) != names.end() || is_module_id(name);
}

}  // namespace burin::core
