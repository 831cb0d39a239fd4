// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Operators that compute: element by element, along an axis, matrix products, pooling.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <opencv2/core.hpp>
#include <utility>

#include "graph.hpp"

namespace burin::yolo {
namespace {

using Values = std::vector<Value>;

int64_t product(const Shape& shape, int from, int to) {
  int64_t result = 1;
  for (int i = from; i < to; ++i) result *= shape[static_cast<size_t>(i)];
  return result;
}

Shape common_shape(const Node& node, const Shape& a, const Shape& b) {
  Shape to(std::max(a.size(), b.size()));
  for (size_t i = 0; i < to.size(); ++i) {
    const int64_t p = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t q = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (p != q && p != 1 && q != 1) {
      refuse_node(node, "works on " + text_of(a) + " and " + text_of(b) + " together");
    }
    to[to.size() - 1 - i] = p == 1 ? q : p;
  }
  return to;
}

// How far each dimension of `to` steps through a value of shape `from`; 0 where it is repeated.
std::vector<int64_t> steps_of(const Shape& from, const Shape& to) {
  std::vector<int64_t> steps(to.size(), 0);
  int64_t step = 1;
  for (size_t i = 0; i < from.size(); ++i) {
    const size_t axis = from.size() - 1 - i;
    if (from[axis] != 1) steps[to.size() - 1 - i] = step;
    step *= from[axis];
  }
  return steps;
}

template <typename Element, typename Compute>
void combine(const Value& a, const std::vector<Element>& x, const Value& b,
             const std::vector<Element>& y, const Shape& to, std::vector<Element>& out,
             Compute compute) {
  if (a.shape == to && b.shape == to) {
    for (size_t i = 0; i < out.size(); ++i) out[i] = compute(x[i], y[i]);
    return;
  }
  const auto step_a = steps_of(a.shape, to), step_b = steps_of(b.shape, to);
  std::vector<int64_t> at(to.size());
  int64_t i = 0, j = 0;
  for (Element& result : out) {
    result = compute(x[static_cast<size_t>(i)], y[static_cast<size_t>(j)]);
    for (size_t d = to.size(); d-- > 0;) {
      i += step_a[d];
      j += step_b[d];
      if (++at[d] < to[d]) break;
      i -= step_a[d] * to[d];
      j -= step_b[d] * to[d];
      at[d] = 0;
    }
  }
}

template <typename OfFloats, typename OfWholes>
Values binary(const Node& node, const Values& in, OfFloats of_floats, OfWholes of_wholes) {
  const Value &a = input(node, in, 0), &b = input(node, in, 1);
  if (a.is_float() != b.is_float()) refuse_node(node, "mixes whole numbers and fractions");
  Value value = Value::of_kind(a, common_shape(node, a.shape, b.shape));
  if (a.is_float()) {
    combine(a, *a.floats, b, *b.floats, value.shape, *value.floats, of_floats);
  } else {
    combine(a, *a.wholes, b, *b.wholes, value.shape, *value.wholes, of_wholes);
  }
  return {value};
}

// Whole numbers wrap, as the hardware's do, instead of being undefined.
int64_t wrapped(uint64_t value) { return static_cast<int64_t>(value); }
uint64_t raw(int64_t value) { return static_cast<uint64_t>(value); }

Values add(const Node& node, const Values& in, int64_t) {
  return binary(
      node, in, [](float a, float b) { return a + b; },
      [](int64_t a, int64_t b) { return wrapped(raw(a) + raw(b)); });
}
Values subtract(const Node& node, const Values& in, int64_t) {
  return binary(
      node, in, [](float a, float b) { return a - b; },
      [](int64_t a, int64_t b) { return wrapped(raw(a) - raw(b)); });
}
Values multiply(const Node& node, const Values& in, int64_t) {
  return binary(
      node, in, [](float a, float b) { return a * b; },
      [](int64_t a, int64_t b) { return wrapped(raw(a) * raw(b)); });
}

int64_t checked_divisor(const Node& node, int64_t by) {
  if (by == 0 || by == -1) refuse_node(node, "divides by " + std::to_string(by));
  return by;
}

Values divide(const Node& node, const Values& in, int64_t) {
  return binary(
      node, in, [](float a, float b) { return a / b; },
      [&](int64_t a, int64_t b) { return b == 1 ? a : a / checked_divisor(node, b); });
}
Values modulo(const Node& node, const Values& in, int64_t) {
  return binary(
      node, in, [](float a, float b) { return std::fmod(a, b); },
      [&](int64_t a, int64_t b) {
        const int64_t rest = b == 1 ? 0 : a % checked_divisor(node, b);
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
      });
}
Values power(const Node& node, const Values& in, int64_t) {
  const Value &a = input(node, in, 0), &b = input(node, in, 1);
  Values same = {a, b};
  if (!b.is_float()) {
    same[1] = Value::of_floats(b.shape);
    std::copy(b.wholes->begin(), b.wholes->end(), same[1].floats->begin());
  }
  floats(node, a);
  return binary(
      node, same, [](float x, float y) { return y == 2 ? x * x : std::pow(x, y); },
      [](int64_t x, int64_t) { return x; });
}

template <typename Compute>
Values each(const Node& node, const Values& in, Compute compute) {
  const Value& from = input(node, in, 0);
  const auto& x = floats(node, from);
  Value value = Value::of_floats(from.shape);
  std::transform(x.begin(), x.end(), value.floats->begin(), compute);
  return {value};
}

Values sigmoid(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  const auto& x = floats(node, from);
  Value value = Value::of_floats(from.shape);
  auto& y = *value.floats;
  if (y.empty()) return {value};
  // exp by OpenCV works on many elements at once; it takes at most 2^31 of them in a row.
  for (size_t i = 0; i < x.size(); ++i) y[i] = -x[i];
  cv::Mat row(1, static_cast<int>(y.size()), CV_32F, y.data());
  cv::exp(row, row);
  for (float& v : y) v = 1 / (1 + v);
  return {value};
}
Values rectify(const Node& node, const Values& in, int64_t) {
  return each(node, in, [](float v) { return std::max(v, 0.0F); });
}
Values leaky(const Node& node, const Values& in, int64_t) {
  const Attribute* alpha = node.find("alpha");
  const float slope = alpha ? alpha->number : 0.01F;
  return each(node, in, [slope](float v) { return v < 0 ? slope * v : v; });
}
Values exponential(const Node& node, const Values& in, int64_t) {
  return each(node, in, [](float v) { return std::exp(v); });
}

Values softmax(const Node& node, const Values& in, int64_t opset) {
  const Value& from = input(node, in, 0);
  const auto& x = floats(node, from);
  const int axis = checked_axis(node, node.whole("axis", opset < 13 ? 1 : -1), from.rank());
  // Before opset 13 all dimensions from the axis on are one.
  const int end = opset < 13 ? from.rank() : axis + 1;
  const int64_t outer = product(from.shape, 0, axis), length = product(from.shape, axis, end);
  const int64_t inner = product(from.shape, end, from.rank());
  Value value = Value::of_floats(from.shape);
  auto& y = *value.floats;
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      const auto at = [&](int64_t k) { return static_cast<size_t>((o * length + k) * inner + i); };
      float most = -std::numeric_limits<float>::infinity(), sum = 0;
      for (int64_t k = 0; k < length; ++k) most = std::max(most, x[at(k)]);
      for (int64_t k = 0; k < length; ++k) sum += y[at(k)] = std::exp(x[at(k)] - most);
      for (int64_t k = 0; k < length; ++k) y[at(k)] /= sum;
    }
  }
  return {value};
}

Values matrix_product(const Node& node, const Values& in, int64_t) {
  const Value &a = input(node, in, 0), &b = input(node, in, 1);
  floats(node, a), floats(node, b);
  const int rank_a = a.rank(), rank_b = b.rank();
  if (rank_a < 2 || rank_b < 2) unsupported(node, "multiplies vectors; expected are matrices");
  const int64_t rows = a.shape[static_cast<size_t>(rank_a - 2)],
                shared = a.shape[static_cast<size_t>(rank_a - 1)],
                columns = b.shape[static_cast<size_t>(rank_b - 1)];
  if (b.shape[static_cast<size_t>(rank_b - 2)] != shared) {
    refuse_node(node, "multiplies " + text_of(a.shape) + " and " + text_of(b.shape));
  }
  const Shape batch_a(a.shape.begin(), a.shape.end() - 2),
      batch_b(b.shape.begin(), b.shape.end() - 2);
  const Shape batch = common_shape(node, batch_a, batch_b);
  Shape to = batch;
  to.push_back(rows);
  to.push_back(columns);
  Value value = Value::of_floats(to);
  if (value.count() == 0 || shared == 0) return {value};
  const auto step_a = steps_of(batch_a, batch), step_b = steps_of(batch_b, batch);
  const auto matrix = [](const Value& v, int64_t at, int64_t r, int64_t c) {
    return cv::Mat(static_cast<int>(r), static_cast<int>(c), CV_32F, v.floats->data() + at * r * c);
  };
  std::vector<int64_t> at(batch.size());
  const int64_t count = product(batch, 0, static_cast<int>(batch.size()));
  for (int64_t k = 0, i = 0, j = 0; k < count; ++k) {
    cv::Mat out = matrix(value, k, rows, columns);
    cv::gemm(matrix(a, i, rows, shared), matrix(b, j, shared, columns), 1, cv::noArray(), 0, out);
    for (size_t d = batch.size(); d-- > 0;) {
      i += step_a[d];
      j += step_b[d];
      if (++at[d] < batch[d]) break;
      i -= step_a[d] * batch[d];
      j -= step_b[d] * batch[d];
      at[d] = 0;
    }
  }
  return {value};
}

Values max_pool(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  const auto& x = floats(node, from);
  const auto kernel = node.wholes("kernel_shape", {}), strides = node.wholes("strides", {1, 1});
  const auto pads = node.wholes("pads", {0, 0, 0, 0});
  const auto fits = [](const std::vector<int64_t>& list, size_t size, int64_t least) {
    return list.size() == size && std::all_of(list.begin(), list.end(), [least](int64_t v) {
             return v >= least && v <= 1024;
           });
  };
  if (from.rank() != 4 || from.count() == 0 || node.whole("ceil_mode", 0) != 0 ||
      node.text("auto_pad", "NOTSET") != "NOTSET" ||
      node.wholes("dilations", {1, 1}) != std::vector<int64_t>{1, 1} || !fits(kernel, 2, 1) ||
      !fits(strides, 2, 1) || !fits(pads, 4, 0) || pads[0] >= kernel[0] || pads[2] >= kernel[0] ||
      pads[1] >= kernel[1] || pads[3] >= kernel[1]) {
    unsupported(node, "pools " + text_of(from.shape) + " in a way that is not known here");
  }
  const int64_t height = from.shape[2], width = from.shape[3];
  const int64_t tall = height + pads[0] + pads[2] - kernel[0],
                wide = width + pads[1] + pads[3] - kernel[1];
  if (tall < 0 || wide < 0)
    refuse_node(node, "pools " + text_of(from.shape) + ", which is too small");
  Value value = Value::of_floats(
      {from.shape[0], from.shape[1], tall / strides[0] + 1, wide / strides[1] + 1});
  auto out = value.floats->begin();
  for (int64_t plane = 0; plane < from.shape[0] * from.shape[1]; ++plane) {
    const float* pixels = x.data() + plane * height * width;
    for (int64_t row = 0; row < value.shape[2]; ++row) {
      const int64_t top = row * strides[0] - pads[0];
      for (int64_t column = 0; column < value.shape[3]; ++column) {
        const int64_t left = column * strides[1] - pads[1];
        float most = -std::numeric_limits<float>::infinity();
        for (int64_t r = std::max<int64_t>(0, top); r < std::min(height, top + kernel[0]); ++r) {
          for (int64_t c = std::max<int64_t>(0, left); c < std::min(width, left + kernel[1]); ++c) {
            most = std::max(most, pixels[r * width + c]);
          }
        }
        *out++ = most;
      }
    }
  }
  return {value};
}

Values cast(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  const int64_t type = node.whole("to", 0);
  const bool to_float = type == 1 || type == 10 || type == 11;
  if (!to_float && type != 6 && type != 7) {
    unsupported(node, "makes ONNX data type " + std::to_string(type));
  }
  if (from.is_float() == to_float) return {from};
  Value value = to_float ? Value::of_floats(from.shape) : Value::of_wholes(from.shape);
  if (to_float) {
    std::copy(from.wholes->begin(), from.wholes->end(), value.floats->begin());
    return {value};
  }
  std::transform(from.floats->begin(), from.floats->end(), value.wholes->begin(), [](float v) {
    constexpr double limit = 9.2e18;  // inside of int64_t
    return std::isfinite(v) ? static_cast<int64_t>(std::clamp<double>(v, -limit, limit)) : 0;
  });
  return {value};
}

Values reduce_max(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  const auto& x = floats(node, from);
  const auto axes = has_input(in, 1) ? wholes(node, in[1]) : node.wholes("axes", {});
  if (axes.size() != 1) unsupported(node, "works on other than one axis");
  const int axis = checked_axis(node, axes[0], from.rank());
  Shape to = from.shape;
  const int64_t length = to[static_cast<size_t>(axis)];
  if (length == 0) refuse_node(node, "looks for the largest of none");
  to[static_cast<size_t>(axis)] = 1;
  const int64_t outer = product(from.shape, 0, axis),
                inner = product(from.shape, axis + 1, from.rank());
  if (node.whole("keepdims", 1) == 0) to.erase(to.begin() + axis);
  Value value = Value::of_floats(to);
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      float most = x[static_cast<size_t>(o * length * inner + i)];
      for (int64_t k = 1; k < length; ++k) {
        most = std::max(most, x[static_cast<size_t>((o * length + k) * inner + i)]);
      }
      (*value.floats)[static_cast<size_t>(o * inner + i)] = most;
    }
  }
  return {value};
}

Values top_k(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  const auto& x = floats(node, from);
  const auto& wanted = wholes(node, input(node, in, 1));
  const int axis = checked_axis(node, node.whole("axis", -1), from.rank());
  const int64_t length = from.shape[static_cast<size_t>(axis)];
  if (axis + 1 != from.rank() || node.whole("largest", 1) != 1) {
    unsupported(node, "takes other than the largest along the last axis");
  }
  if (wanted.size() != 1 || wanted[0] < 0 || wanted[0] > length) {
    refuse_node(node, "takes more elements than the " + std::to_string(length) + " there are");
  }
  Shape to = from.shape;
  to.back() = wanted[0];
  Value values = Value::of_floats(to), indices = Value::of_wholes(to);
  std::vector<int64_t> order(static_cast<size_t>(length));
  for (int64_t o = 0; o < product(from.shape, 0, axis); ++o) {
    const float* row = x.data() + o * length;
    std::iota(order.begin(), order.end(), int64_t{0});
    // Not-a-numbers go last, which keeps the order a strict one.
    const auto rank = [](float v) {
      return std::isnan(v) ? -std::numeric_limits<float>::infinity() : v;
    };
    std::partial_sort(order.begin(), order.begin() + wanted[0], order.end(),
                      [&](int64_t a, int64_t b) {
                        const float p = rank(row[a]), q = rank(row[b]);
                        return p > q || (p == q && a < b);
                      });
    for (int64_t k = 0; k < wanted[0]; ++k) {
      const auto j = static_cast<size_t>(o * wanted[0] + k);
      (*indices.wholes)[j] = order[static_cast<size_t>(k)];
      (*values.floats)[j] = row[order[static_cast<size_t>(k)]];
    }
  }
  return {values, indices};
}

}  // namespace

Operator math_operator(const std::string& op) {
  static const std::map<std::string, Operator> known = {
      {"Add", add},          {"Sub", subtract},    {"Mul", multiply},
      {"Div", divide},       {"Mod", modulo},      {"Pow", power},
      {"Sigmoid", sigmoid},  {"Relu", rectify},    {"LeakyRelu", leaky},
      {"Exp", exponential},  {"Softmax", softmax}, {"MatMul", matrix_product},
      {"MaxPool", max_pool}, {"Cast", cast},       {"ReduceMax", reduce_max},
      {"TopK", top_k},
  };
  const auto found = known.find(op);
  return found == known.end() ? nullptr : found->second;
}

}  // namespace burin::yolo
