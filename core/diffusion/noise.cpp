// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Initial and step noise from PyTorch's CPU generator.
#include "diffusion/noise.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <string>

#include "runtime/error.hpp"

namespace burin::core {
namespace {

std::vector<std::int64_t> single_item_shape(at::IntArrayRef item_shape) {
  std::vector<std::int64_t> shape{1};
  for (const std::int64_t size : item_shape) {
    if (size < 1)
      throw Error(BURIN_E_INVALID, "noise was asked with a side of " + std::to_string(size) +
                                       "; every side must be at least 1");
    shape.push_back(size);
  }
  return shape;
}

}  // namespace

at::Tensor initial_noise(std::uint64_t seed, at::IntArrayRef item_shape) {
  return at::randn(single_item_shape(item_shape), at::detail::createCPUGenerator(seed), at::kFloat);
}

struct StepNoise::State {
  std::vector<at::Generator> generators;
  std::vector<std::int64_t> shape;
  at::Device device;
};

StepNoise::StepNoise(const std::vector<std::uint64_t>& seeds, at::IntArrayRef item_shape,
                     at::Device device, StepNoiseStart start) {
  if (seeds.empty())
    throw Error(BURIN_E_INVALID, "step noise got no seeds; it needs one for each item");
  state_ = std::make_unique<State>(State{{}, single_item_shape(item_shape), device});
  for (const std::uint64_t seed : seeds)
    state_->generators.push_back(at::detail::createCPUGenerator(seed));
  if (start == StepNoiseStart::after_initial_noise) draw();
}

StepNoise::~StepNoise() = default;

at::Tensor StepNoise::draw() {
  std::vector<at::Tensor> items;
  for (at::Generator& generator : state_->generators)
    items.push_back(at::randn(state_->shape, generator, at::kFloat));
  return at::cat(items).to(state_->device);
}

}  // namespace burin::core
