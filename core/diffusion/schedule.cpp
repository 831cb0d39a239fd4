// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The thirteen schedulers and the part of a schedule that one run samples.
#include "diffusion/schedule.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <span>
#include <string_view>

#include "diffusion/schedule_tables.hpp"
#include "runtime/error.hpp"
#include "runtime/text.hpp"

namespace burin::core {
namespace {

constexpr int most_steps = 1000000;

at::Tensor with_final_zero(const at::Tensor& levels) {
  return at::cat({levels, at::zeros({1}, at::kFloat)});
}

at::Tensor tensor_of(const std::vector<float>& values) {
  return at::tensor(at::ArrayRef<float>(values), at::kFloat);
}

std::span<const float> level_values(const NoiseLevels& levels) {
  return {levels.sigmas.const_data_ptr<float>(), static_cast<std::size_t>(levels.sigmas.numel())};
}

at::Tensor simple(const NoiseLevels& levels, int steps) {
  const auto sigmas = level_values(levels);
  const double stride = static_cast<double>(sigmas.size()) / steps;
  std::vector<float> chosen;
  for (int i = 0; i < steps; ++i)
    chosen.push_back(sigmas[sigmas.size() - 1 - static_cast<std::size_t>(i * stride)]);
  return with_final_zero(tensor_of(chosen));
}

// Levels at evenly spaced timesteps, from the last trained one down to the first.
at::Tensor even_timesteps(const NoiseLevels& levels, int points) {
  const auto index = [&](double sigma) {
    return levels.timestep(at::scalar_tensor(sigma, at::kFloat)).item<double>();
  };
  return at::linspace(index(levels.max), index(levels.min), points, at::kFloat);
}

at::Tensor normal(const NoiseLevels& levels, int steps) {
  return with_final_zero(levels.sigma(even_timesteps(levels, steps)));
}

at::Tensor sgm_uniform(const NoiseLevels& levels, int steps) {
  return with_final_zero(levels.sigma(even_timesteps(levels, steps + 1).narrow(0, 0, steps)));
}

// Karras et al. 2022, equation 5.
at::Tensor karras(const NoiseLevels& levels, int steps) {
  constexpr double rho = 7;
  const double low = std::pow(levels.min, 1 / rho), high = std::pow(levels.max, 1 / rho);
  const at::Tensor ramp = at::linspace(0, 1, steps, at::kFloat);
  return with_final_zero((high + ramp * (low - high)).pow(rho));
}

at::Tensor exponential(const NoiseLevels& levels, int steps) {
  return with_final_zero(
      at::linspace(std::log(levels.max), std::log(levels.min), steps, at::kFloat).exp());
}

at::Tensor ddim_uniform(const NoiseLevels& levels, int steps) {
  const auto sigmas = level_values(levels);
  const std::size_t stride = std::max<std::size_t>(sigmas.size() / steps, 1);
  std::vector<float> ascending{0};
  for (std::size_t i = 1; i < sigmas.size(); i += stride) ascending.push_back(sigmas[i]);
  std::reverse(ascending.begin(), ascending.end());
  return tensor_of(ascending);
}

// Timesteps at quantiles of a Beta(0.6, 0.6) distribution (Lee et al. 2024).
at::Tensor beta(const NoiseLevels& levels, int steps) {
  constexpr double shape = 0.6;
  const auto sigmas = level_values(levels);
  const double last = static_cast<double>(sigmas.size() - 1);
  std::vector<float> chosen;
  double previous = -1;
  for (int i = 0; i < steps; ++i) {
    const double share = 1 - static_cast<double>(i) / steps;
    const double t = std::rint(boost::math::ibeta_inv(shape, shape, share) * last);
    if (t != previous) chosen.push_back(sigmas[static_cast<std::size_t>(t)]);
    previous = t;
  }
  return with_final_zero(tensor_of(chosen));
}

at::Tensor linear_quadratic(const NoiseLevels& levels, int steps) {
  constexpr double threshold = 0.025;
  std::vector<float> shares{1};
  if (steps > 1) {
    const int linear_steps = steps / 2;
    const double linear = linear_steps, rest = steps - linear_steps;
    const double difference = linear - threshold * steps;
    const double quadratic = difference / (linear * rest * rest);
    const double slope = threshold / linear - 2 * difference / (rest * rest);
    const double offset = quadratic * linear * linear;
    for (int i = 1; i < linear_steps; ++i)
      shares.push_back(static_cast<float>(1 - i * threshold / linear));
    for (int i = std::max(linear_steps, 1); i < steps; ++i)
      shares.push_back(static_cast<float>(1 - (quadratic * (double(i) * i) + slope * i + offset)));
  }
  return with_final_zero(tensor_of(shares) * levels.max);
}

at::Tensor kl_optimal(const NoiseLevels& levels, int steps) {
  if (steps < 2)
    throw Error(BURIN_E_INVALID, "the scheduler kl_optimal got " + std::to_string(steps) +
                                     " step in all; it needs at least 2");
  const at::Tensor share = at::arange(steps, at::kFloat).div_(steps - 1);
  return with_final_zero(
      (share * std::atan(levels.min) + (1 - share) * std::atan(levels.max)).tan_());
}

// `points` levels with logarithms linear between the table's (descending in, descending out).
std::vector<float> log_linear(std::span<const double> table, int points) {
  std::vector<float> levels(points);
  const double last_index = static_cast<double>(table.size() - 1);
  for (int i = 0; i < points; ++i) {
    const double from_low = points > 1 ? static_cast<double>(i) / (points - 1) : 0;
    const double position = from_low * last_index;
    const auto below = std::min(static_cast<std::size_t>(position), table.size() - 2);
    const double low = std::log(table[table.size() - 1 - below]);
    const double high = std::log(table[table.size() - 2 - below]);
    const double share = position - static_cast<double>(below);
    levels[points - 1 - i] = static_cast<float>(std::exp(low + (high - low) * share));
  }
  return levels;
}

at::Tensor from_table(std::span<const double> table, int points) {
  std::vector<float> levels = static_cast<int>(table.size()) == points
                                  ? std::vector<float>(table.begin(), table.end())
                                  : log_linear(table, points);
  levels.back() = 0;
  return tensor_of(levels);
}

at::Tensor ays_of_sd1(const NoiseLevels&, int steps) { return from_table(ays_sd1, steps + 1); }
at::Tensor ays_of_sdxl(const NoiseLevels&, int steps) { return from_table(ays_sdxl, steps + 1); }
at::Tensor ays_of_svd(const NoiseLevels&, int steps) { return from_table(ays_svd, steps + 1); }

// impact behaviour: a single step runs from the last positive level of the longest row.
at::Tensor gits(const NoiseLevels&, int steps) {
  const std::span<const double> longest = gits_row(gits_last_steps);
  if (steps < gits_first_steps) return from_table(longest.last(steps + 1), steps + 1);
  return from_table(steps <= gits_last_steps ? gits_row(steps) : longest, steps + 1);
}

struct NamedScheduler {
  std::string_view name;
  at::Tensor (*make)(const NoiseLevels& levels, int steps);
};

constexpr std::array<NamedScheduler, 13> schedulers{{{"simple", simple},
                                                     {"sgm_uniform", sgm_uniform},
                                                     {"karras", karras},
                                                     {"exponential", exponential},
                                                     {"ddim_uniform", ddim_uniform},
                                                     {"beta", beta},
                                                     {"normal", normal},
                                                     {"linear_quadratic", linear_quadratic},
                                                     {"kl_optimal", kl_optimal},
                                                     {"AYS SD1", ays_of_sd1},
                                                     {"AYS SDXL", ays_of_sdxl},
                                                     {"AYS SVD", ays_of_svd},
                                                     {"GITS[coeff=1.2]", gits}}};

bool drops_second_to_last(const std::string& sampler) {
  constexpr std::array<std::string_view, 4> names{"dpm_2", "dpm_2_ancestral", "uni_pc",
                                                  "uni_pc_bh2"};
  return std::find(names.begin(), names.end(), sampler) != names.end();
}

at::Tensor schedule_for(const NoiseLevels& levels, const Scheduler& scheduler,
                        const std::string& sampler, int steps) {
  if (steps < 1 || steps > most_steps)
    throw Error(BURIN_E_INVALID, "a schedule of " + std::to_string(steps) +
                                     " steps was asked; expected 1 to " +
                                     std::to_string(most_steps));
  if (!drops_second_to_last(sampler)) return scheduler(levels, steps);
  const at::Tensor longer = scheduler(levels, steps + 1);
  return at::cat(
      {longer.narrow(0, 0, longer.numel() - 2), longer.narrow(0, longer.numel() - 1, 1)});
}

}  // namespace

std::vector<std::string> scheduler_list() {
  std::vector<std::string> names;
  for (const NamedScheduler& scheduler : schedulers) names.emplace_back(scheduler.name);
  return names;
}

Scheduler scheduler_of(const std::string& name) {
  const auto* chosen = std::find_if(schedulers.begin(), schedulers.end(),
                                    [&](const NamedScheduler& s) { return s.name == name; });
  if (chosen == schedulers.end())
    throw Error(BURIN_E_UNSUPPORTED, "the scheduler \"" + name +
                                         "\" is not known; expected one of " +
                                         joined(views(scheduler_list())));
  return chosen->make;
}

at::Tensor make_schedule(const NoiseLevels& levels, const std::string& scheduler,
                         const std::string& sampler, int steps) {
  return schedule_for(levels, scheduler_of(scheduler), sampler, steps);
}

at::Tensor upward_schedule(const NoiseLevels& levels, const std::string& scheduler,
                           const std::string& sampler, int steps, int left_out) {
  constexpr double above_zero = 0.0001;
  const at::Tensor rising = make_schedule(levels, scheduler, sampler, steps).flip(0) + above_zero;
  const std::int64_t last = steps - std::clamp(left_out, 0, steps - 1);
  return rising.narrow(0, 0, std::min<std::int64_t>(last + 1, rising.numel()));
}

RunSchedule given_schedule(const std::vector<double>& sigmas) {
  if (sigmas.size() < 2)
    throw Error(BURIN_E_INVALID, std::to_string(sigmas.size()) +
                                     " noise levels were given; a run needs at least two");
  RunSchedule run{at::tensor(at::ArrayRef<double>(sigmas), at::kDouble).to(at::kFloat)};
  const at::Tensor positive = run.sigmas.masked_select(run.sigmas > 0);
  if (positive.numel() == 0) return run;
  run.range_min = positive.min().item<float>();
  run.range_max = positive.max().item<float>();
  return run;
}

RunSchedule detailer_schedule(const NoiseLevels& levels, const std::string& scheduler,
                              const std::string& sampler, int steps, double denoise, Pass pass,
                              double refiner_ratio) {
  return detailer_schedule(levels, scheduler_of(scheduler), sampler, steps, denoise, pass,
                           refiner_ratio);
}

RunSchedule detailer_schedule(const NoiseLevels& levels, const Scheduler& scheduler,
                              const std::string& sampler, int steps, double denoise, Pass pass,
                              double refiner_ratio) {
  if (!(refiner_ratio >= 0 && refiner_ratio <= 1))
    throw Error(BURIN_E_INVALID,
                "the refiner's ratio is " + std::to_string(refiner_ratio) + "; expected 0 to 1");
  if (!(denoise > 0 && denoise <= 1))
    throw Error(BURIN_E_INVALID, "denoise is " + std::to_string(denoise) +
                                     "; expected a value above 0 and at most 1");
  const double whole = std::floor(steps / denoise);
  if (steps < 1 || whole > most_steps)
    throw Error(BURIN_E_INVALID, std::to_string(steps) + " steps at denoise " +
                                     std::to_string(denoise) + " need a schedule of " +
                                     std::to_string(whole) + " steps; expected 1 to " +
                                     std::to_string(most_steps));
  const std::int64_t end = static_cast<std::int64_t>(whole), start = end - steps;
  const std::int64_t change = start + static_cast<std::int64_t>(steps * (1.0 - refiner_ratio));
  const std::int64_t first = pass == Pass::refiner ? change : start;
  const std::int64_t stop = pass == Pass::whole ? end : pass == Pass::refiner ? end + 1 : change;
  const at::Tensor schedule =
      schedule_for(levels, scheduler, sampler, static_cast<int>(end)).clone();
  std::int64_t last = schedule.numel() - 1;
  if (stop < last) {
    last = stop;
    if (pass != Pass::before_refiner) schedule[last].zero_();
  }
  const at::Tensor positive = schedule.masked_select(schedule > 0);
  RunSchedule run{at::empty({0}, at::kFloat)};
  run.range_min = positive.min().item<float>();
  run.range_max = positive.max().item<float>();
  if (first < last) run.sigmas = schedule.slice(0, first, last + 1).clone();
  return run;
}

}  // namespace burin::core
