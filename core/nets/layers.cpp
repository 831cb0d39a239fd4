// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The operations of the networks in terms of ATen, and the loading of their weights.
#include "nets/layers.hpp"

#include <ATen/ATen.h>

namespace burin::core {

namespace {

at::Tensor kept(const TensorSource& source, const std::string& key, at::Tensor tensor) {
  if (source.packed) (*source.packed)[key] = tensor;
  return tensor;
}

at::Tensor loaded(const LayerLoader& load, const std::string& key, at::IntArrayRef shape) {
  const at::Tensor stored = load.source.get(key, shape);
  if (stored.is_meta()) return stored;
  return stored.to(load.device, load.dtype, false, /*copy=*/true);
}

}  // namespace

int TensorSource::size(const std::string& key, std::size_t dim) const {
  const auto stored = shape(key);
  return stored && stored->size() > dim ? static_cast<int>((*stored)[dim]) : 0;
}

at::Tensor LayerLoader::tensor(const std::string& key, at::IntArrayRef shape) const {
  return kept(source, key, loaded(*this, key, shape));
}

Conv LayerLoader::conv(const std::string& name, std::int64_t in, std::int64_t out,
                       std::int64_t kernel, bool bias, int stride) const {
  Conv conv;
  const std::string key = name + ".weight";
  conv.weight = kept(
      source, key,
      loaded(*this, key, {out, in, kernel, kernel}).contiguous(at::MemoryFormat::ChannelsLast));
  if (bias) conv.bias = tensor(name + ".bias", {out});
  conv.stride = stride;
  conv.padding = static_cast<int>(kernel / 2);
  return conv;
}

Linear LayerLoader::linear(const std::string& name, std::int64_t in, std::int64_t out,
                           bool bias) const {
  Linear linear;
  linear.weight = tensor(name + ".weight", {out, in});
  if (bias) linear.bias = tensor(name + ".bias", {out});
  return linear;
}

Norm LayerLoader::norm(const std::string& name, std::int64_t channels) const {
  return {tensor(name + ".weight", {channels}), tensor(name + ".bias", {channels})};
}

at::Tensor conv2d(const Conv& conv, const at::Tensor& x) {
  return at::conv2d(x, conv.weight, conv.bias, conv.stride, conv.padding);
}

at::Tensor linear(const Linear& linear, const at::Tensor& x) {
  return at::linear(x, linear.weight, linear.bias);
}

at::Tensor group_norm(const Norm& norm, const at::Tensor& x, std::int64_t groups, double epsilon) {
  return at::group_norm(x, groups, norm.weight, norm.bias, epsilon);
}

at::Tensor group_norm_silu(const Norm& norm, const at::Tensor& x, std::int64_t groups,
                           double epsilon) {
  at::Tensor y = group_norm(norm, x, groups, epsilon);
  return at::silu_(y);
}

at::Tensor layer_norm(const Norm& norm, const at::Tensor& x) {
  return at::layer_norm(x, {x.size(-1)}, norm.weight, norm.bias, 1e-5);
}

at::Tensor quick_gelu(const at::Tensor& x) { return x * at::sigmoid(x * 1.702); }

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     std::int64_t heads, bool causal) {
  const std::int64_t batch = q.size(0), channels = q.size(2);
  const auto split = [&](const at::Tensor& t) {
    return t.view({batch, t.size(1), heads, channels / heads}).transpose(1, 2);
  };
  const at::Tensor out =
      at::scaled_dot_product_attention(split(q), split(k), split(v), {}, 0.0, causal);
  return out.transpose(1, 2).reshape({batch, q.size(1), channels});
}

}  // namespace burin::core
