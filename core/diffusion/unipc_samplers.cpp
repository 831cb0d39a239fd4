// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// UniPC (Zhao et al. 2023): predictor and corrector of order 3 on data predictions, in both forms
// of the function B(h).
#include <algorithm>
#include <deque>

#include "diffusion/sampler_families.hpp"

namespace burin::core {
namespace {

enum class Form { bh1, bh2 };

// A level in the variance preserving scaling that UniPC works in.
struct ScaledLevel {
  at::Tensor sigma, alpha, deviation, lambda;

  explicit ScaledLevel(const at::Tensor& level) : sigma(level) {
    const at::Tensor log_alpha = 0.5 * (1 / (level.pow(2) + 1)).log();
    alpha = log_alpha.exp();
    const at::Tensor rest = 1 - (2 * log_alpha).exp();
    deviation = rest.sqrt();
    lambda = log_alpha - 0.5 * rest.log();
  }
};

struct Evaluation {
  ScaledLevel level;
  at::Tensor denoised;
};

// The data prediction at x, by way of the noise prediction as the reference computes it.
at::Tensor data_prediction(SamplerRun& run, const at::Tensor& x, const ScaledLevel& level) {
  const at::Tensor unscaled = x * (level.sigma.pow(2) + 1).sqrt();
  const at::Tensor noise = (unscaled - run.denoise(unscaled, level.sigma)) / level.sigma;
  return (x - level.deviation * noise) / level.alpha;
}

// The first `rows` rows of `matrix` times weights = the first `rows` of `values`.
std::vector<at::Tensor> solved(const at::Tensor& matrix, const at::Tensor& values, int rows) {
  const at::Tensor square = matrix.narrow(0, 0, rows).narrow(1, 0, rows);
  return at::linalg_solve(square, values.narrow(0, 0, rows)).unbind();
}

struct Update {
  at::Tensor x;
  at::Tensor denoised;  // the evaluation at the new level; undefined without corrector
};

// From the newest of `past` (the newest last) to `to`, by a method of so many evaluations.
Update update(SamplerRun& run, Form form, const std::deque<Evaluation>& past, const ScaledLevel& to,
              int order, bool correct, const at::Tensor& x) {
  const Evaluation& newest = past.back();
  const at::Tensor width = to.lambda - newest.level.lambda;
  std::vector<at::Tensor> ratios, differences;
  for (int i = 1; i < order; ++i) {
    const Evaluation& earlier = past[past.size() - 1 - i];
    ratios.push_back((earlier.level.lambda - newest.level.lambda) / width);
    differences.push_back((earlier.denoised - newest.denoised) / ratios.back());
  }
  ratios.push_back(at::ones({}, at::kFloat));

  const at::Tensor h = -width, h_phi_1 = h.expm1();
  const at::Tensor b_h = form == Form::bh1 ? h : h_phi_1;
  const at::Tensor nodes = at::stack(ratios);
  std::vector<at::Tensor> rows, values;
  at::Tensor phi = h_phi_1 / h - 1;
  double factorial = 1;
  for (int i = 1; i <= order; ++i) {
    rows.push_back(nodes.pow(i - 1));
    values.push_back(phi * factorial / b_h);
    factorial *= i + 1;
    phi = phi / h - 1 / factorial;
  }
  const at::Tensor matrix = at::stack(rows), right = at::stack(values);

  const at::Tensor base =
      to.deviation / newest.level.deviation * x - to.alpha * h_phi_1 * newest.denoised;
  const auto corrected = [&](const std::vector<at::Tensor>& weights, const at::Tensor& last) {
    at::Tensor sum = last;
    for (std::size_t i = 0; i < differences.size(); ++i) {
      const at::Tensor term = weights[i] * differences[i];
      sum = sum.defined() ? sum + term : term;
    }
    return sum.defined() ? base - to.alpha * b_h * sum : base;
  };

  const at::Tensor half = at::full({}, 0.5, at::kFloat);
  const auto predictor_weights = order == 1   ? std::vector<at::Tensor>{}
                                 : order == 2 ? std::vector<at::Tensor>{half}
                                              : solved(matrix, right, order - 1);
  const at::Tensor predicted = corrected(predictor_weights, {});
  if (!correct) return {predicted, {}};

  const auto corrector_weights =
      order == 1 ? std::vector<at::Tensor>{half} : solved(matrix, right, order);
  const at::Tensor denoised = data_prediction(run, predicted, to);
  const at::Tensor change = corrector_weights.back() * (denoised - newest.denoised);
  return {corrected(corrector_weights, change), denoised};
}

// impact behaviour: with a single step nothing is updated, and the prediction at the first level is
// the last one.
SamplerOutput uni_pc(SamplerRun& run, Form form) {
  const int steps = run.steps(), most = std::min(3, steps - 1);
  std::vector<ScaledLevel> levels;
  for (int i = 0; i <= steps; ++i)
    levels.emplace_back(run.level_value(i) > 0 ? run.level(i)
                                               : at::full({}, unipc_last_level, at::kFloat));
  at::Tensor x = run.start() / (levels[0].sigma.pow(2) + 1).sqrt();
  std::deque<Evaluation> past{{levels[0], data_prediction(run, x, levels[0])}};
  run.finish_step(0, past.back().denoised);
  for (int i = 1; i < steps; ++i) {
    const int order = i < most ? i : std::min(most, steps + 1 - i);
    const Update step = update(run, form, past, levels[i], order, true, x);
    x = step.x;
    past.push_back({levels[i], step.denoised});
    if (static_cast<int>(past.size()) > most) past.pop_front();
    if (i == steps - 1) x = update(run, form, past, levels[steps], 1, false, x).x;
    run.finish_step(i, step.denoised);
  }
  return run.result(x / levels[steps].alpha);
}

}  // namespace

SamplerOutput sample_uni_pc(SamplerRun& run) { return uni_pc(run, Form::bh1); }
SamplerOutput sample_uni_pc_bh2(SamplerRun& run) { return uni_pc(run, Form::bh2); }

}  // namespace burin::core
