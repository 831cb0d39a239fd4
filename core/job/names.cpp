// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The samplers and schedulers a job may name.
#include "job/job.hpp"

namespace burin::core {

const std::vector<std::string>& sampler_names() {
  static const std::vector<std::string> names = {
      "euler",
      "euler_ancestral",
      "heun",
      "heunpp2",
      "dpm_2",
      "dpm_2_ancestral",
      "lms",
      "dpmpp_2s_ancestral",
      "dpmpp_sde",
      "dpmpp_2m",
      "dpmpp_2m_sde",
      "dpmpp_2m_sde_heun",
      "dpmpp_3m_sde",
      "ddpm",
      "lcm",
      "ipndm",
      "ipndm_v",
      "deis",
      "res_multistep",
      "res_multistep_ancestral",
      "gradient_estimation",
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

}  // namespace burin::core
