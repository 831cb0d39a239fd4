// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The arithmetic of LoRA and its relatives on one weight.
#include "adapters/lora_merge.hpp"

#include <ATen/ATen.h>

#include <limits>
#include <optional>

#include "runtime/compose.hpp"

namespace burin::core {
namespace {

using Part = std::optional<at::Tensor>;

bool has(const WeightChange& change, std::string_view role) {
  return change.find(role) != change.end();
}

// A part as float32 on the weight's device.
struct Parts {
  const WeightChange& change;
  at::Device device;

  at::Tensor operator[](std::string_view role) const {
    return change.find(role)->second.to(device, at::kFloat);
  }
};

std::string shape_of(const at::Tensor& tensor) {
  std::string text;
  for (const std::int64_t size : tensor.sizes())
    text += (text.empty() ? "" : " ") + std::to_string(size);
  return "[" + text + "]";
}

std::int64_t product(at::IntArrayRef shape) { return c10::multiply_integers(shape); }

// The sizes of a low-rank factor pair a [rows, rank], b [rank, columns]; nothing where they do not
// fit each other.
struct Factored {
  std::int64_t rows, columns;
};
std::optional<Factored> factored(const at::Tensor& a, const at::Tensor& b) {
  if (a.dim() != 2 || b.dim() != 2 || a.size(1) != b.size(0) || b.size(0) == 0) return std::nullopt;
  return Factored{a.size(0), b.size(1)};
}

// A Tucker pair with core t [i, j, k, l], a [i, p], b [j, r].
std::optional<Factored> factored(const at::Tensor& t, const at::Tensor& a, const at::Tensor& b) {
  if (t.dim() != 4 || a.dim() != 2 || b.dim() != 2 || t.size(0) != a.size(0) ||
      t.size(1) != b.size(0) || b.size(0) == 0)
    return std::nullopt;
  return Factored{a.size(1), b.size(1) * t.size(2) * t.size(3)};
}

std::string low_rank_misfit(const WeightChange& c, at::IntArrayRef shape) {
  if (!has(c, "up") || !has(c, "down")) return "has only one of its two factors";
  const at::Tensor &up = c.find("up")->second, &down = c.find("down")->second;
  const auto both = compose("has factors {} and {}", shape_of(up), shape_of(down));
  if (up.dim() < 2 || down.dim() < 2 || down.numel() == 0) return both + ", which are no matrices";
  const std::int64_t inner = product(up.sizes().slice(1));
  std::int64_t rank = down.size(0), columns = product(down.sizes().slice(1));
  if (has(c, "mid")) {
    const at::Tensor& mid = c.find("mid")->second;
    if (mid.dim() != 4 || down.size(0) != mid.size(1) || mid.size(0) != down.size(0))
      return both + compose(" with {} between, which do not fit", shape_of(mid));
    columns = down.size(1) * mid.size(2) * mid.size(3);
  }
  if (inner != rank) return both + ", whose ranks differ";
  if (shape.empty() || up.size(0) != shape[0] || up.size(0) * columns != product(shape))
    return both;
  return {};
}

std::string hadamard_misfit(const WeightChange& c, at::IntArrayRef shape) {
  for (const char* role : {"w1_a", "w1_b", "w2_a", "w2_b"})
    if (!has(c, role)) return "lacks one of its four factors";
  const auto factor = [&](const char* a, const char* b, const char* t) {
    const at::Tensor &x = c.find(a)->second, &y = c.find(b)->second;
    return has(c, "t1") && has(c, "t2") ? factored(c.find(t)->second, x, y) : factored(x, y);
  };
  const auto one = factor("w1_a", "w1_b", "t1"), two = factor("w2_a", "w2_b", "t2");
  if (!one || !two || one->rows != two->rows || one->columns != two->columns)
    return "has factors that do not fit each other";
  if (one->rows * one->columns != product(shape))
    return compose("makes {} x {} values", one->rows, one->columns);
  return {};
}

std::string kronecker_misfit(const WeightChange& c, at::IntArrayRef shape) {
  const auto size_of = [&](const char* whole, const char* a, const char* b,
                           const char* t) -> std::int64_t {
    if (has(c, whole)) return c.find(whole)->second.numel();
    if (!has(c, a) || !has(c, b)) return 0;
    const at::Tensor &x = c.find(a)->second, &y = c.find(b)->second;
    const auto sizes =
        t != nullptr && has(c, t) ? factored(c.find(t)->second, x, y) : factored(x, y);
    return sizes ? sizes->rows * sizes->columns : 0;
  };
  const std::int64_t one = size_of("k1", "k1_a", "k1_b", nullptr);
  const std::int64_t two = size_of("k2", "k2_a", "k2_b", "kt2");
  if (one == 0 || two == 0) return "has factors that do not fit each other";
  if (has(c, "k1") && c.find("k1")->second.dim() != 2)
    return "has a first factor that is no matrix";
  if (one * two != product(shape)) return compose("makes {} x {} values", one, two);
  return {};
}

std::string added_misfit(const at::Tensor& added, at::IntArrayRef shape) {
  return added.sizes() == shape ? "" : compose("has the shape {}", shape_of(added));
}

at::Tensor tucker(const at::Tensor& t, const at::Tensor& a, const at::Tensor& b) {
  return at::einsum("ijkl,jr,ip->prkl", {t, b, a});
}

double alpha_of(const WeightChange& change, std::int64_t rank) {
  const auto alpha = change.find("alpha");
  return alpha == change.end() ? 1 : alpha->second.item<double>() / static_cast<double>(rank);
}

struct Delta {
  at::Tensor values;  // undefined: there is none
  double scale = 1;
};

Delta low_rank_delta(const Parts& p) {
  at::Tensor down = p["down"];
  const std::int64_t rank = down.size(0);
  if (has(p.change, "mid")) {
    const at::Tensor mid = p["mid"];
    const std::int64_t in = down.size(1);
    down = at::mm(down.transpose(0, 1).flatten(1), mid.transpose(0, 1).flatten(1))
               .reshape({in, rank, mid.size(2), mid.size(3)})
               .transpose(0, 1);
  }
  return {at::mm(p["up"].flatten(1), down.flatten(1)), alpha_of(p.change, rank)};
}

Delta hadamard_delta(const Parts& p) {
  const bool core = has(p.change, "t1") && has(p.change, "t2");
  const auto factor = [&](const char* a, const char* b, const char* t) {
    return core ? tucker(p[t], p[a], p[b]) : at::mm(p[a], p[b]);
  };
  return {factor("w1_a", "w1_b", "t1") * factor("w2_a", "w2_b", "t2"),
          alpha_of(p.change, p["w1_b"].size(0))};
}

Delta kronecker_delta(const Parts& p) {
  std::optional<std::int64_t> rank;
  at::Tensor one, two;
  if (has(p.change, "k1")) {
    one = p["k1"];
  } else {
    rank = p["k1_b"].size(0);
    one = at::mm(p["k1_a"], p["k1_b"]);
  }
  if (has(p.change, "k2")) {
    two = p["k2"];
  } else {
    rank = p["k2_b"].size(0);
    two = has(p.change, "kt2") ? tucker(p["kt2"], p["k2_a"], p["k2_b"])
                               : at::mm(p["k2_a"], p["k2_b"]);
  }
  if (two.dim() == 4) one = one.unsqueeze(2).unsqueeze(2);
  return {at::kron(one, two.contiguous()), rank ? alpha_of(p.change, *rank) : 1};
}

Delta delta_of(const Parts& p) {
  if (has(p.change, "up")) return low_rank_delta(p);
  if (has(p.change, "w1_a")) return hadamard_delta(p);
  if (has(p.change, "k1") || has(p.change, "k1_a")) return kronecker_delta(p);
  return {};
}

at::Tensor with_magnitude(const at::Tensor& weight, const at::Tensor& changed,
                          const at::Tensor& magnitude) {
  std::vector<std::int64_t> ones(static_cast<std::size_t>(weight.dim()), 1);
  at::Tensor norm;
  const bool rows = magnitude.numel() == weight.size(0) && magnitude.size(0) == weight.size(0);
  if (rows) {
    ones[0] = weight.size(0);
    norm = weight.flatten(1).norm(2, {1}, false);
  } else {
    ones[1] = weight.size(1);
    norm = changed.transpose(0, 1).flatten(1).norm(2, {1}, false);
  }
  return changed *
         (magnitude.reshape(ones) / (norm.reshape(ones) + std::numeric_limits<float>::epsilon()));
}

}  // namespace

bool changes(const WeightChange& change, bool bias) {
  if (bias) return has(change, "diff_b") || has(change, "b_norm");
  for (const char* role : {"up", "down", "w1_a", "k1", "k1_a", "diff", "w_norm", "set_weight"})
    if (has(change, role)) return true;
  return false;
}

std::string misfit(const WeightChange& change, at::IntArrayRef shape, bool bias) {
  for (const char* role : {"diff_b", "b_norm"})
    if (bias && has(change, role)) return added_misfit(change.find(role)->second, shape);
  if (bias) return {};
  for (const char* role : {"diff", "w_norm", "set_weight"})
    if (has(change, role))
      if (const auto fault = added_misfit(change.find(role)->second, shape); !fault.empty())
        return fault;
  std::string fault;
  if (has(change, "up") || has(change, "down"))
    fault = low_rank_misfit(change, shape);
  else if (has(change, "w1_a"))
    fault = hadamard_misfit(change, shape);
  else if (has(change, "k1") || has(change, "k1_a"))
    fault = kronecker_misfit(change, shape);
  if (fault.empty() && has(change, "dora")) {
    const at::Tensor& magnitude = change.find("dora")->second;
    const bool fits = shape.size() >= 2 && magnitude.dim() > 0 &&
                      (magnitude.numel() == shape[0] || magnitude.numel() == shape[1]);
    if (!fits) return compose("has magnitudes {}", shape_of(magnitude));
  }
  return fault;
}

at::Tensor merged_weight(const at::Tensor& weight, const WeightChange& change, double strength,
                         bool bias) {
  const Parts parts{change, weight.device()};
  at::Tensor result = weight;
  if (bias) {
    for (const char* role : {"diff_b", "b_norm"})
      if (has(change, role)) result = result + parts[role] * strength;
    return result;
  }
  if (has(change, "set_weight")) result = parts["set_weight"];
  if (const Delta delta = delta_of(parts); delta.values.defined()) {
    const at::Tensor values = delta.values.reshape(weight.sizes());
    if (has(change, "dora")) {
      const at::Tensor changed =
          with_magnitude(result, result + values * delta.scale, parts["dora"]);
      result = strength == 1 ? changed : result + (changed - result) * strength;
    } else {
      result = result + values * (strength * delta.scale);
    }
  }
  for (const char* role : {"diff", "w_norm"})
    if (has(change, role)) result = result + parts[role] * strength;
  return result;
}

}  // namespace burin::core
