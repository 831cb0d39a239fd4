// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Brownian noise from a dyadic tree that is grown, and pruned, along the queries.
#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "diffusion/noise.hpp"
#include "runtime/error.hpp"
#include "runtime/seed_sequence.hpp"

namespace burin::core {
namespace {

// Node boundaries are decimals of six places, correctly rounded, so that they compare exactly.
double rounded_time(double time) {
  std::array<char, 400> text;
  std::snprintf(text.data(), text.size(), "%.6f", time);
  return std::strtod(text.data(), nullptr);
}

struct TreeNode {
  double start = 0, end = 0;
  at::Tensor increment;
  std::uint64_t key = 0;  // number within its depth, from the left
  std::uint64_t depth = 0;
  std::unique_ptr<TreeNode> left, right;
};

class BrownianTree {
 public:
  BrownianTree(std::uint64_t seed, at::IntArrayRef item_shape, double low, double high)
      : seed_(seed), shape_(item_shape.vec()) {
    root_.start = rounded_time(low);
    root_.end = rounded_time(high);
    const std::uint32_t noise_seed = seed_sequence_state(seed, {}, 1).front();
    root_.increment = initial_noise(noise_seed, shape_) * std::sqrt(high - low);
  }

  // The sum of the largest nodes that cover [from, to], left to right.
  at::Tensor increment(double from, double to) {
    at::Tensor sum;
    if (from < to) accumulate(root_, from, to, sum);
    return sum.defined() ? sum : at::zeros_like(root_.increment);
  }

  double start() const { return root_.start; }
  double end() const { return root_.end; }

 private:
  void accumulate(TreeNode& node, double from, double to, at::Tensor& sum) {
    if (node.end <= from || node.start >= to) {
      node.left.reset();
      node.right.reset();
      return;
    }
    if (from <= node.start && node.end <= to) {
      node.left.reset();
      node.right.reset();
      sum = sum.defined() ? sum + node.increment : node.increment;
      return;
    }
    if (!node.left) split(node);
    accumulate(*node.left, from, to, sum);
    accumulate(*node.right, from, to, sum);
  }

  // The Brownian bridge at the middle: normal about the linear share, variance (m-a)(b-m)/(b-a).
  void split(TreeNode& node) const {
    const double start = node.start, end = node.end, middle = rounded_time((start + end) / 2);
    const std::array<std::uint64_t, 2> spawn_key{node.key, node.depth};
    const std::uint32_t noise_seed = seed_sequence_state(seed_, spawn_key, 1).front();
    const double width_inverse = 1 / (end - start);
    const double deviation = std::sqrt((middle - start) * (end - middle) * width_inverse);
    const at::Tensor share = node.increment * (middle - start) * width_inverse;
    const at::Tensor left = share + initial_noise(noise_seed, shape_) * deviation;
    node.left = std::make_unique<TreeNode>(
        TreeNode{start, middle, left, 2 * node.key, node.depth + 1, nullptr, nullptr});
    node.right = std::make_unique<TreeNode>(TreeNode{
        middle, end, node.increment - left, 2 * node.key + 1, node.depth + 1, nullptr, nullptr});
  }

  std::uint64_t seed_;
  std::vector<std::int64_t> shape_;
  TreeNode root_;
};

}  // namespace

struct BrownianNoise::State {
  std::vector<BrownianTree> trees;
  at::Device device;
};

BrownianNoise::BrownianNoise(std::vector<std::uint64_t> seeds, at::IntArrayRef item_shape,
                             double range_min, double range_max, at::Device device) {
  if (seeds.empty())
    throw Error(BURIN_E_INVALID, "Brownian noise got no seeds; it needs one for each item");
  const bool finite = std::isfinite(range_min) && std::isfinite(range_max);
  if (!finite || rounded_time(range_min) >= rounded_time(range_max))
    throw Error(BURIN_E_INVALID, "Brownian noise got the range " + std::to_string(range_min) +
                                     " to " + std::to_string(range_max) +
                                     "; it needs a finite range that is not empty");
  state_ = std::make_unique<State>(State{{}, device});
  for (const std::uint64_t seed : seeds)
    state_->trees.emplace_back(seed, item_shape, range_min, range_max);
}

BrownianNoise::~BrownianNoise() = default;

at::Tensor BrownianNoise::draw(double sigma, double sigma_next) {
  if (!std::isfinite(sigma) || !std::isfinite(sigma_next) || sigma == sigma_next)
    throw Error(BURIN_E_INVALID, "Brownian noise was asked from " + std::to_string(sigma) + " to " +
                                     std::to_string(sigma_next) +
                                     "; it needs two different finite levels");
  const BrownianTree& any = state_->trees.front();
  const auto boundary = [&](double time) {
    return std::min(std::max(rounded_time(time), any.start()), any.end());
  };
  const double from = boundary(std::min(sigma, sigma_next));
  const double to = boundary(std::max(sigma, sigma_next));
  const float width = std::abs(static_cast<float>(sigma_next) - static_cast<float>(sigma));
  const float scale = sigma > sigma_next ? -std::sqrt(width) : std::sqrt(width);
  std::vector<at::Tensor> items;
  for (BrownianTree& tree : state_->trees) items.push_back(tree.increment(from, to));
  return (at::cat(items) / scale).to(state_->device);
}

}  // namespace burin::core
