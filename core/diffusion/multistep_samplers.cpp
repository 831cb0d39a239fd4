// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Linear multistep methods on the flow direction: LMS, iPNDM and DEIS (Zhang and Chen 2022).
#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

#include "diffusion/sampler_families.hpp"

namespace burin::core {
namespace {

using Directions = std::deque<at::Tensor>;  // the newest first

void remember(Directions& directions, const at::Tensor& direction, std::size_t most) {
  directions.push_front(direction);
  if (directions.size() > most) directions.pop_back();
}

// The Lagrange polynomial of node j through the `order` levels that end at i.
double lagrange(const SamplerRun& run, int i, int order, int j, double at) {
  double product = 1;
  for (int m = 0; m < order; ++m)
    if (m != j)
      product *= (at - double(run.level_value(i - m))) /
                 (double(run.level_value(i - j)) - double(run.level_value(i - m)));
  return product;
}

// The integral of that polynomial, of degree 3 at most, over step i: two-point Gauss-Legendre is
// exact.
double lms_coefficient(const SamplerRun& run, int i, int order, int j) {
  const double from = run.level_value(i), to = run.level_value(i + 1);
  const double middle = (from + to) / 2, half = (to - from) / 2, node = half / std::sqrt(3.0);
  return half *
         (lagrange(run, i, order, j, middle - node) + lagrange(run, i, order, j, middle + node));
}

// Times of the variance preserving SDE that has the given levels between 0.002 and 80.
struct VarianceTime {
  double slope, offset;
  VarianceTime() {
    constexpr double first_time = 1e-3, low = 0.002, high = 80;
    const double low_log = std::log(low * low + 1), high_log = std::log(high * high + 1);
    slope = 2 * (low_log / first_time - high_log) / (first_time - 1);
    offset = high_log - 0.5 * slope;
  }
  at::Tensor of_level(const at::Tensor& sigma) const {
    return ((offset * offset + 2 * slope * (sigma.pow(2) + 1).log()).sqrt() - offset) / slope;
  }
};

// DEIS weights of the newest `order` directions for step i, integrated at 10000 points.
std::vector<at::Tensor> deis_coefficients(const VarianceTime& time, const SamplerRun& run, int i,
                                          int order) {
  constexpr int points = 10000;
  std::vector<at::Tensor> nodes;
  for (int m = 0; m < order; ++m) nodes.push_back(time.of_level(run.level(i - m)));
  const at::Tensor next = time.of_level(run.level(i + 1));
  const at::Tensor taus =
      at::linspace(nodes[0].item<float>(), next.item<float>(), points, at::kFloat);
  const at::Tensor stride = (next - nodes[0]) / points;
  const at::Tensor kept = (-0.5 * taus.pow(2) * time.slope - taus * time.offset).exp();
  const at::Tensor integrand = 0.5 * (taus * time.slope + time.offset) / (kept * (1 - kept)).sqrt();
  std::vector<at::Tensor> coefficients;
  for (int j = 0; j < order; ++j) {
    at::Tensor product = integrand;
    for (int m = 0; m < order; ++m)
      if (m != j) product = product * ((taus - nodes[m]) / (nodes[j] - nodes[m]));
    coefficients.push_back(product.sum() * stride);
  }
  return coefficients;
}

// Adams-Bashforth weights for steps of unequal width, the newest direction first.
std::vector<at::Tensor> variable_weights(const SamplerRun& run, int i, int order) {
  const auto width = [&](int back) { return run.level(i + 1 - back) - run.level(i - back); };
  const at::Tensor h = width(0);
  if (order == 1) return {at::ones({}, at::kFloat)};
  const at::Tensor h1 = width(1), ratio = h / h1;
  const at::Tensor first = (2 + ratio) / 2, second = -ratio / 2;
  if (order == 2) return {first, second};

  const at::Tensor h2 = width(2), ratio1 = h1 / h2;
  const at::Tensor third = (1 - h / (3 * (h + h1)) * (h * (h + h1)) / (h1 * (h1 + h2))) / 2;
  if (order == 3) return {first + third, second - (1 + ratio1) * third, third * ratio1};

  const at::Tensor h3 = width(3);
  const at::Tensor fourth =
      ((1 - h / (3 * (h + h1))) / 2 + (1 - h / (2 * (h + h1))) * h / (6 * (h + h1 + h2))) *
      (h * (h + h1) * (h + h1 + h2)) / (h1 * (h1 + h2) * (h1 + h2 + h3));
  const at::Tensor spread = h1 * (h1 + h2) / (h2 * (h2 + h3));
  return {first + third + fourth, second - (1 + ratio1) * third - (1 + ratio1 + spread) * fourth,
          third * ratio1 + (ratio1 + spread * (1 + h2 / h3)) * fourth, -fourth * spread * ratio1};
}

}  // namespace

SamplerOutput sample_lms(SamplerRun& run) {
  constexpr int most = 4;
  at::Tensor x = run.start();
  Directions directions;
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor denoised = run.denoise(x, run.level(i));
    remember(directions, flow_direction(x, run.level(i), denoised), most);
    if (run.ends_on_prediction(i)) {
      x = denoised;
    } else {
      const int order = static_cast<int>(directions.size());
      for (int j = 0; j < order; ++j) x = x + lms_coefficient(run, i, order, j) * directions[j];
    }
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_ipndm(SamplerRun& run) {
  constexpr int most = 4;
  constexpr std::array<std::array<double, most>, most> weights{
      {{1, 0, 0, 0}, {3, -1, 0, 0}, {23, -16, 5, 0}, {55, -59, 37, -9}}};
  constexpr std::array<double, most> divisors{1, 2, 12, 24};
  at::Tensor x = run.start();
  Directions directions;
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor denoised = run.denoise(x, run.level(i));
    remember(directions, flow_direction(x, run.level(i), denoised), most);
    if (run.ends_on_prediction(i)) {
      x = denoised;
    } else {
      const std::size_t row = directions.size() - 1;
      at::Tensor sum = weights[row][0] * directions[0];
      for (std::size_t j = 1; j < directions.size(); ++j)
        sum = sum + weights[row][j] * directions[j];
      x = x + (run.level(i + 1) - run.level(i)) * sum / divisors[row];
    }
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_ipndm_v(SamplerRun& run) {
  constexpr int most = 4;
  at::Tensor x = run.start();
  Directions directions;
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor denoised = run.denoise(x, run.level(i));
    remember(directions, flow_direction(x, run.level(i), denoised), most);
    if (run.ends_on_prediction(i)) {
      x = denoised;
    } else {
      const auto weights = variable_weights(run, i, static_cast<int>(directions.size()));
      at::Tensor sum = weights[0] * directions[0];
      for (std::size_t j = 1; j < weights.size(); ++j) sum = sum + weights[j] * directions[j];
      x = x + (run.level(i + 1) - run.level(i)) * sum;
    }
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

SamplerOutput sample_deis(SamplerRun& run) {
  constexpr int most = 3;
  const VarianceTime time;
  at::Tensor x = run.start();
  Directions directions;
  for (int i = 0; i < run.steps(); ++i) {
    const at::Tensor denoised = run.denoise(x, run.level(i));
    remember(directions, flow_direction(x, run.level(i), denoised), most);
    const int order = run.ends_at_zero(i) ? 1 : static_cast<int>(directions.size());
    if (order == 1) {
      x = x + (run.level(i + 1) - run.level(i)) * directions[0];
    } else {
      const auto coefficients = deis_coefficients(time, run, i, order);
      for (int j = 0; j < order; ++j) x = x + coefficients[j] * directions[j];
    }
    run.finish_step(i, denoised);
  }
  return run.result(x);
}

}  // namespace burin::core
