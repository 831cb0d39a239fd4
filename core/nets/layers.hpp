// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The small set of operations every network here is made of, their weights, and where weights come
// from.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace burin::core {

// What loaders made of each key: the very tensors that the network computes with.
using PackedTensors = std::map<std::string, at::Tensor>;

// Gives tensors by the network's own key (no file prefix).
struct TensorSource {
  // The stored tensor, of exactly this shape. Throws Error{BURIN_E_MODEL} when it is missing or
  // misshapen, or gives a meta tensor of that shape where a loader is only asked what it would
  // need.
  std::function<at::Tensor(const std::string& key, at::IntArrayRef shape)> get;
  // nullopt: there is no such key.
  std::function<std::optional<std::vector<std::int64_t>>(const std::string& key)> shape;
  // Where it is set, LayerLoader leaves here what it made of each key.
  std::shared_ptr<PackedTensors> packed = nullptr;

  bool has(const std::string& key) const { return shape(key).has_value(); }
  // 0: there is no such key, or it has fewer dimensions.
  int size(const std::string& key, std::size_t dim) const;
};

struct Conv {
  at::Tensor weight, bias;  // bias may be undefined
  int stride = 1, padding = 0;
};
struct Linear {
  at::Tensor weight, bias;  // bias may be undefined
};
struct Norm {
  at::Tensor weight, bias;
};

// Fetches layers in one dtype onto one device, convolutions packed channels-last.
struct LayerLoader {
  const TensorSource& source;
  at::ScalarType dtype = at::kFloat;
  at::Device device = at::kCPU;

  // Keys NAME.weight and NAME.bias. A square kernel is padded to keep the size (at stride 1).
  Conv conv(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel,
            bool bias = true, int stride = 1) const;
  Linear linear(const std::string& name, std::int64_t in, std::int64_t out, bool bias = true) const;
  Norm norm(const std::string& name, std::int64_t channels) const;
  at::Tensor tensor(const std::string& key, at::IntArrayRef shape) const;
};

// x [N, in, H, W].
at::Tensor conv2d(const Conv& conv, const at::Tensor& x);
// x [..., in].
at::Tensor linear(const Linear& linear, const at::Tensor& x);
// x [N, C, H, W], `groups` divides C.
at::Tensor group_norm(const Norm& norm, const at::Tensor& x, std::int64_t groups, double epsilon);
at::Tensor group_norm_silu(const Norm& norm, const at::Tensor& x, std::int64_t groups,
                           double epsilon);
// Over the last dimension, epsilon 1e-5.
at::Tensor layer_norm(const Norm& norm, const at::Tensor& x);
at::Tensor quick_gelu(const at::Tensor& x);
// q [N, Lq, C], k and v [N, Lk, C]; C is split over the heads. softmax(q k' / sqrt(C / heads)) v,
// [N, Lq, C].
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     std::int64_t heads, bool causal = false);

}  // namespace burin::core
