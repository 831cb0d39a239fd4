// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The samplers by family; sampler.cpp gives them their names.
#pragma once

#include "diffusion/sampler_run.hpp"

namespace burin::core {

// euler_samplers.cpp: one or a few flow directions a step.
SamplerOutput sample_euler(SamplerRun& run);
SamplerOutput sample_euler_ancestral(SamplerRun& run);
SamplerOutput sample_heun(SamplerRun& run);
SamplerOutput sample_heunpp2(SamplerRun& run);
SamplerOutput sample_dpm_2(SamplerRun& run);
SamplerOutput sample_dpm_2_ancestral(SamplerRun& run);
SamplerOutput sample_ddpm(SamplerRun& run);
SamplerOutput sample_lcm(SamplerRun& run);
SamplerOutput sample_gradient_estimation(SamplerRun& run);

// dpmpp_samplers.cpp: DPM-Solver++ (Lu et al. 2022) without Brownian noise.
SamplerOutput sample_dpmpp_2m(SamplerRun& run);
SamplerOutput sample_dpmpp_2s_ancestral(SamplerRun& run);
SamplerOutput sample_res_multistep(SamplerRun& run);
SamplerOutput sample_res_multistep_ancestral(SamplerRun& run);

// cfg_pp_samplers.cpp: steps along the unconditional prediction's direction (Chung et al. 2024).
SamplerOutput sample_euler_cfg_pp(SamplerRun& run);
SamplerOutput sample_euler_ancestral_cfg_pp(SamplerRun& run);
SamplerOutput sample_dpmpp_2m_cfg_pp(SamplerRun& run);
SamplerOutput sample_dpmpp_2s_ancestral_cfg_pp(SamplerRun& run);
SamplerOutput sample_gradient_estimation_cfg_pp(SamplerRun& run);
// dpmpp_samplers.cpp
SamplerOutput sample_res_multistep_cfg_pp(SamplerRun& run);
SamplerOutput sample_res_multistep_ancestral_cfg_pp(SamplerRun& run);

// dpm_solver.cpp: DPM-Solver (Lu et al. 2022) of up to third order.
SamplerOutput sample_dpm_fast(SamplerRun& run);
SamplerOutput sample_dpm_adaptive(SamplerRun& run);

// sde_samplers.cpp: DPM-Solver++ SDE with Brownian noise.
SamplerOutput sample_dpmpp_sde(SamplerRun& run);
SamplerOutput sample_dpmpp_2m_sde(SamplerRun& run);
SamplerOutput sample_dpmpp_2m_sde_heun(SamplerRun& run);
SamplerOutput sample_dpmpp_3m_sde(SamplerRun& run);

// exponential_samplers.cpp: exponential integrators with step noise.
SamplerOutput sample_er_sde(SamplerRun& run);
SamplerOutput sample_seeds_2(SamplerRun& run);
SamplerOutput sample_seeds_3(SamplerRun& run);

// multistep_samplers.cpp: linear multistep methods on the flow direction.
SamplerOutput sample_lms(SamplerRun& run);
SamplerOutput sample_ipndm(SamplerRun& run);
SamplerOutput sample_ipndm_v(SamplerRun& run);
SamplerOutput sample_deis(SamplerRun& run);

// unipc_samplers.cpp: what takes the place of a final level 0, and the two forms.
inline constexpr double unipc_last_level = 0.001;
SamplerOutput sample_uni_pc(SamplerRun& run);
SamplerOutput sample_uni_pc_bh2(SamplerRun& run);

// sa_solver.cpp
SamplerOutput sample_sa_solver(SamplerRun& run);
SamplerOutput sample_sa_solver_pece(SamplerRun& run);

}  // namespace burin::core
