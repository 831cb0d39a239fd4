// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// SA-Solver (Xue et al. 2023): stochastic Adams predictor of order 3 and corrector of order 4.
#include <algorithm>
#include <cmath>
#include <deque>

#include "diffusion/model_sampling.hpp"
#include "diffusion/sampler_families.hpp"

namespace burin::core {
namespace {

constexpr int predictor_order = 3, corrector_order = 4;

// The share of noise: 1 between 20 % and 80 % of the denoising, else 0.
struct NoiseInterval {
  double high, low;
  explicit NoiseInterval(const NoiseLevels& levels) {
    high = levels.percent_to_sigma(0.2);
    low = levels.percent_to_sigma(0.8);
  }
  double share(float sigma) const { return sigma <= high && sigma >= low ? 1 : 0; }
};

// Weights of predictions at `nodes` (half log SNR) that integrate the polynomial through them from
// `from` to `to`, for an end level `sigma`: moments of the exponential kernel, then a Vandermonde
// system, all in float32.
at::Tensor adams_weights(const at::Tensor& sigma, const std::vector<at::Tensor>& nodes,
                         const at::Tensor& from, const at::Tensor& to, double noise_share) {
  const int count = static_cast<int>(nodes.size());
  const double rate = 1 + noise_share * noise_share;
  const at::Tensor decay = (-rate * (to - from)).exp();
  std::vector<at::Tensor> boundary;
  for (int p = 0; p < count; ++p) boundary.push_back(to.pow(p) - from.pow(p) * decay);
  std::vector<at::Tensor> moments;
  for (int p = 0; p < count; ++p) {
    at::Tensor moment = at::zeros({}, at::kFloat);
    double factor = 1;  // (-1)^(p-j) p!/j! / rate^(p-j)
    for (int j = p; j >= 0; --j) {
      moment = moment + factor * boundary[j];
      factor *= -j / rate;
    }
    moments.push_back(moment);
  }
  const at::Tensor positions = at::stack(nodes);
  std::vector<at::Tensor> powers;
  for (int p = 0; p < count; ++p) powers.push_back(positions.pow(p));
  return sigma * to.exp() * at::linalg_solve(at::stack(powers), at::stack(moments));
}

at::Tensor weighted_sum(const std::deque<at::Tensor>& predictions, const at::Tensor& weights) {
  const std::vector<at::Tensor> weight = weights.unbind();
  const std::size_t skipped = predictions.size() - weight.size();
  at::Tensor sum = predictions[skipped] * weight[0];
  for (std::size_t k = 1; k < weight.size(); ++k) sum = sum + predictions[skipped + k] * weight[k];
  return sum;
}

SamplerOutput sa_solver(SamplerRun& run, bool evaluate_again) {
  const NoiseInterval interval(run.levels() ? *run.levels() : stable_diffusion_levels());
  const int steps = run.steps();
  const bool to_zero = run.level_value(steps) == 0;
  std::vector<at::Tensor> lambdas;
  for (int i = 0; i <= steps; ++i) lambdas.push_back(half_log_snr(run.level(i)));
  const auto newest_lambdas = [&](int i, int count) {
    return std::vector<at::Tensor>(lambdas.begin() + (i - count + 1), lambdas.begin() + i + 1);
  };

  at::Tensor x = run.start(), predicted = x, noise, width;
  double noise_share = 0;
  std::deque<at::Tensor> predictions;
  for (int i = 0; i < steps; ++i) {
    const at::Tensor denoised = run.denoise(predicted, run.level(i));
    predictions.push_back(denoised);
    if (static_cast<int>(predictions.size()) > std::max(predictor_order, corrector_order))
      predictions.pop_front();
    const int known = static_cast<int>(predictions.size());
    int predict = std::min(predictor_order, known);
    const bool skip_corrector = i == 0 || (run.ends_at_zero(i) && !evaluate_again);
    int correct = skip_corrector ? 0 : std::min(corrector_order, known);
    if (to_zero) {
      predict = std::min(predict, steps - 1 - i);
      correct = std::min(correct, steps - i);
    }

    const at::Tensor &sigma = run.level(i), &next = run.level(i + 1);
    if (correct == 0) {
      x = predicted;
    } else {
      const at::Tensor weights =
          adams_weights(sigma, newest_lambdas(i, correct), lambdas[i - 1], lambdas[i], noise_share);
      x = sigma / run.level(i - 1) * (-(noise_share * noise_share) * width).exp() * x +
          weighted_sum(predictions, weights);
      if (noise_share > 0) x = x + noise;
      if (evaluate_again) predictions.back() = run.denoise(x, sigma);
    }

    if (run.ends_at_zero(i)) {
      x = predictions.back();
    } else {
      noise_share = interval.share(run.level_value(i + 1));
      const at::Tensor weights =
          adams_weights(next, newest_lambdas(i, predict), lambdas[i], lambdas[i + 1], noise_share);
      width = lambdas[i + 1] - lambdas[i];
      predicted = next / sigma * (-(noise_share * noise_share) * width).exp() * x +
                  weighted_sum(predictions, weights);
      if (noise_share > 0) {
        noise = run.noise() * next * (-2 * noise_share * noise_share * width).expm1().neg().sqrt();
        predicted = predicted + noise;
      }
    }
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

}  // namespace

SamplerOutput sample_sa_solver(SamplerRun& run) { return sa_solver(run, false); }
SamplerOutput sample_sa_solver_pece(SamplerRun& run) { return sa_solver(run, true); }

}  // namespace burin::core
