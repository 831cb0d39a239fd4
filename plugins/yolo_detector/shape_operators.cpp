// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Operators that move elements and compute none.
#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "graph.hpp"

namespace burin::yolo {
namespace {

using Values = std::vector<Value>;

// Elements of a value, whichever kind it holds, copied by index.
void copy_element(const Value& from, int64_t i, Value& to, int64_t j) {
  if (from.is_float()) {
    (*to.floats)[static_cast<size_t>(j)] = (*from.floats)[static_cast<size_t>(i)];
  } else {
    (*to.wholes)[static_cast<size_t>(j)] = (*from.wholes)[static_cast<size_t>(i)];
  }
}

void copy_run(const Value& from, int64_t i, Value& to, int64_t j, int64_t count) {
  if (from.is_float()) {
    std::copy_n(from.floats->begin() + i, count, to.floats->begin() + j);
  } else {
    std::copy_n(from.wholes->begin() + i, count, to.wholes->begin() + j);
  }
}

int64_t product(const Shape& shape, int from, int to) {
  int64_t result = 1;
  for (int i = from; i < to; ++i) result *= shape[static_cast<size_t>(i)];
  return result;
}

Value with_shape(const Value& value, Shape shape) {
  return {std::move(shape), value.floats, value.wholes};
}

// A list that newer opsets give as an input and older ones as an attribute.
std::vector<int64_t> list_of(const Node& node, const Values& in, size_t index, const char* name) {
  if (has_input(in, index)) return wholes(node, in[index]);
  return node.wholes(name, {});
}

Values identity(const Node& node, const Values& in, int64_t) { return {input(node, in, 0)}; }

Values constant(const Node& node, const Values&, int64_t) {
  if (const Attribute* a = node.find("value")) return {a->tensor};
  if (const Attribute* a = node.find("value_ints")) {
    Value value = Value::of_wholes({static_cast<int64_t>(a->wholes.size())});
    *value.wholes = a->wholes;
    return {value};
  }
  if (const Attribute* a = node.find("value_floats")) {
    Value value = Value::of_floats({static_cast<int64_t>(a->numbers.size())});
    *value.floats = a->numbers;
    return {value};
  }
  if (const Attribute* a = node.find("value_int")) {
    Value value = Value::of_wholes({});
    value.wholes->front() = a->whole;
    return {value};
  }
  if (const Attribute* a = node.find("value_float")) {
    Value value = Value::of_floats({});
    value.floats->front() = a->number;
    return {value};
  }
  unsupported(node, "has a value that is no tensor of numbers");
}

Values shape(const Node& node, const Values& in, int64_t) {
  const Shape& of = input(node, in, 0).shape;
  Value value = Value::of_wholes({static_cast<int64_t>(of.size())});
  *value.wholes = of;
  return {value};
}

Values reshape(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  Shape to = wholes(node, input(node, in, 1));
  int64_t known = 1;
  int open = -1;
  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i] == 0 && node.whole("allowzero", 0) == 0) {
      if (i >= from.shape.size()) refuse_node(node, "keeps a dimension that is not there");
      to[i] = from.shape[i];
    }
    if (to[i] == -1 && open < 0) {
      open = static_cast<int>(i);
    } else if (to[i] < 0 || (to[i] > 0 && known > most_elements / to[i])) {
      refuse_node(node, "makes the shape " + text_of(to));
    } else {
      known *= to[i];
    }
  }
  if (open >= 0 && known > 0) to[static_cast<size_t>(open)] = from.count() / known;
  if (open >= 0 && known == 0) refuse_node(node, "makes the shape " + text_of(to));
  if (count_of(to) != from.count()) {
    refuse_node(node, "makes " + text_of(to) + " of " + text_of(from.shape));
  }
  return {with_shape(from, std::move(to))};
}

Values flatten(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  int64_t axis = node.whole("axis", 1);
  if (axis < 0) axis += from.rank();
  if (axis < 0 || axis > from.rank())
    refuse_node(node, "flattens from axis " + std::to_string(axis));
  return {with_shape(from, {product(from.shape, 0, static_cast<int>(axis)),
                            product(from.shape, static_cast<int>(axis), from.rank())})};
}

Values squeeze(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  std::vector<bool> drop(from.shape.size());
  const auto axes = list_of(node, in, 1, "axes");
  for (size_t i = 0; i < drop.size(); ++i) drop[i] = axes.empty() && from.shape[i] == 1;
  for (const int64_t axis : axes) {
    const auto at = static_cast<size_t>(checked_axis(node, axis, from.rank()));
    if (from.shape[at] != 1) refuse_node(node, "drops a dimension of " + text_of(from.shape));
    drop[at] = true;
  }
  Shape to;
  for (size_t i = 0; i < drop.size(); ++i) {
    if (!drop[i]) to.push_back(from.shape[i]);
  }
  return {with_shape(from, std::move(to))};
}

Values unsqueeze(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  const auto axes = list_of(node, in, 1, "axes");
  if (axes.size() > 8) refuse_node(node, "adds " + std::to_string(axes.size()) + " dimensions");
  const int rank = from.rank() + static_cast<int>(axes.size());
  std::vector<bool> added(static_cast<size_t>(rank));
  for (const int64_t axis : axes) {
    const auto at = static_cast<size_t>(checked_axis(node, axis, rank));
    if (added[at]) refuse_node(node, "adds one dimension twice");
    added[at] = true;
  }
  Shape to;
  auto length = from.shape.begin();
  for (const bool is_new : added) to.push_back(is_new ? 1 : *length++);
  return {with_shape(from, std::move(to))};
}

Values transpose(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  const int rank = from.rank();
  std::vector<int64_t> order(static_cast<size_t>(rank));
  for (int i = 0; i < rank; ++i) order[static_cast<size_t>(i)] = rank - 1 - i;
  order = node.wholes("perm", order);
  std::vector<int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != static_cast<int64_t>(i) || static_cast<int>(order.size()) != rank) {
      refuse_node(node, "has no order of " + std::to_string(rank) + " dimensions");
    }
  }
  if (static_cast<int>(order.size()) != rank) refuse_node(node, "has no order of its dimensions");
  std::vector<int64_t> strides(static_cast<size_t>(rank));
  for (int i = 0; i < rank; ++i) strides[static_cast<size_t>(i)] = product(from.shape, i + 1, rank);
  Shape to;
  std::vector<int64_t> steps;
  for (const int64_t axis : order) {
    to.push_back(from.shape[static_cast<size_t>(axis)]);
    steps.push_back(strides[static_cast<size_t>(axis)]);
  }
  Value value = Value::of_kind(from, to);
  std::vector<int64_t> at(static_cast<size_t>(rank));
  int64_t source = 0;
  for (int64_t j = 0; j < value.count(); ++j) {
    copy_element(from, source, value, j);
    for (int d = rank - 1; d >= 0; --d) {
      const auto k = static_cast<size_t>(d);
      source += steps[k];
      if (++at[k] < to[k]) break;
      source -= steps[k] * to[k];
      at[k] = 0;
    }
  }
  return {value};
}

// [begin, begin + count * step) of one axis.
Value slice_axis(const Value& from, int axis, int64_t begin, int64_t count, int64_t step) {
  Shape to = from.shape;
  to[static_cast<size_t>(axis)] = count;
  Value value = Value::of_kind(from, to);
  const int64_t outer = product(from.shape, 0, axis);
  const int64_t inner = product(from.shape, axis + 1, from.rank());
  const int64_t length = from.shape[static_cast<size_t>(axis)];
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t k = 0; k < count; ++k) {
      copy_run(from, (o * length + begin + k * step) * inner, value, (o * count + k) * inner,
               inner);
    }
  }
  return value;
}

Values slice(const Node& node, const Values& in, int64_t) {
  Value value = input(node, in, 0);
  const auto starts = list_of(node, in, 1, "starts"), ends = list_of(node, in, 2, "ends");
  auto axes = list_of(node, in, 3, "axes"), steps = list_of(node, in, 4, "steps");
  for (size_t i = axes.size(); i < starts.size(); ++i) axes.push_back(static_cast<int64_t>(i));
  steps.resize(std::max(steps.size(), starts.size()), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() ||
      steps.size() != starts.size()) {
    refuse_node(node, "has lists of different lengths");
  }
  for (size_t i = 0; i < starts.size(); ++i) {
    const int axis = checked_axis(node, axes[i], value.rank());
    const int64_t length = value.shape[static_cast<size_t>(axis)], step = steps[i];
    if (step == 0 || step < -most_elements || step > most_elements) {
      refuse_node(node, "has a step of " + std::to_string(step));
    }
    const auto inside = [&](int64_t at) {
      if (at < 0) at = at < -length ? -1 : at + length;
      return std::clamp<int64_t>(at, step > 0 ? 0 : -1, step > 0 ? length : length - 1);
    };
    // A negative end that lies before the first element is -1, not the last one.
    const int64_t begin = starts[i] < -length ? (step > 0 ? 0 : -1) : inside(starts[i]);
    const int64_t end = ends[i] < -length ? (step > 0 ? 0 : -1) : inside(ends[i]);
    const int64_t count = step > 0 ? (std::max<int64_t>(0, end - begin) + step - 1) / step
                                   : (std::max<int64_t>(0, begin - end) - step - 1) / -step;
    value = slice_axis(value, axis, begin, count, step);
  }
  return {value};
}

Values split(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  const int axis = checked_axis(node, node.whole("axis", 0), from.rank());
  const int64_t length = from.shape[static_cast<size_t>(axis)];
  auto parts = list_of(node, in, 1, "split");
  if (parts.empty()) {
    const auto count = static_cast<int64_t>(node.outputs.size());
    if (count == 0) refuse_node(node, "has no outputs");
    const int64_t each = (length + count - 1) / count;
    for (int64_t done = 0; done < length; done += each) {
      parts.push_back(std::min(each, length - done));
    }
  }
  Values out;
  int64_t begin = 0;
  for (const int64_t part : parts) {
    if (part < 0 || part > length - begin) {
      refuse_node(node, "splits " + std::to_string(length) + " into " + text_of(parts));
    }
    out.push_back(slice_axis(from, axis, begin, part, 1));
    begin += part;
  }
  if (begin != length || out.size() != node.outputs.size()) {
    refuse_node(node, "splits " + std::to_string(length) + " into " + text_of(parts));
  }
  return out;
}

Values concat(const Node& node, const Values& in, int64_t) {
  const Value& first = input(node, in, 0);
  const int axis = checked_axis(node, node.whole("axis", 0), first.rank());
  Shape to = first.shape;
  auto& length = to[static_cast<size_t>(axis)];
  length = 0;
  for (size_t i = 0; i < in.size(); ++i) {
    const Value& part = input(node, in, i);
    Shape rest = part.shape;
    if (part.rank() == first.rank())
      rest[static_cast<size_t>(axis)] = first.shape[static_cast<size_t>(axis)];
    if (rest != first.shape || part.is_float() != first.is_float()) {
      refuse_node(node, "joins " + text_of(part.shape) + " to " + text_of(first.shape));
    }
    length += part.shape[static_cast<size_t>(axis)];
  }
  Value value = Value::of_kind(first, to);
  const int64_t outer = product(to, 0, axis), inner = product(to, axis + 1, first.rank());
  int64_t at = 0;
  for (int64_t o = 0; o < outer; ++o) {
    for (const Value& part : in) {
      const int64_t run = part.shape[static_cast<size_t>(axis)] * inner;
      copy_run(part, o * run, value, at, run);
      at += run;
    }
  }
  return {value};
}

int64_t checked_index(const Node& node, int64_t index, int64_t length) {
  const int64_t at = index < 0 ? index + length : index;
  if (at < 0 || at >= length) {
    refuse_node(node, "takes element " + std::to_string(index) + " of " + std::to_string(length));
  }
  return at;
}

Values gather(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  const Value& indices = input(node, in, 1);
  const int axis = checked_axis(node, node.whole("axis", 0), from.rank());
  Shape to(from.shape.begin(), from.shape.begin() + axis);
  to.insert(to.end(), indices.shape.begin(), indices.shape.end());
  to.insert(to.end(), from.shape.begin() + axis + 1, from.shape.end());
  Value value = Value::of_kind(from, to);
  const int64_t outer = product(from.shape, 0, axis);
  const int64_t inner = product(from.shape, axis + 1, from.rank());
  const int64_t length = from.shape[static_cast<size_t>(axis)];
  const auto& at = wholes(node, indices);
  int64_t j = 0;
  for (int64_t o = 0; o < outer; ++o) {
    for (const int64_t index : at) {
      copy_run(from, (o * length + checked_index(node, index, length)) * inner, value, j, inner);
      j += inner;
    }
  }
  return {value};
}

Values gather_elements(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  const Value& indices = input(node, in, 1);
  const int axis = checked_axis(node, node.whole("axis", 0), from.rank());
  const auto& at = wholes(node, indices);
  for (int d = 0; d < from.rank(); ++d) {
    const auto k = static_cast<size_t>(d);
    if (indices.rank() != from.rank() || (d != axis && indices.shape[k] != from.shape[k])) {
      unsupported(node, "takes elements by indices of shape " + text_of(indices.shape) + " from " +
                            text_of(from.shape));
    }
  }
  Value value = Value::of_kind(from, indices.shape);
  const int64_t outer = product(from.shape, 0, axis);
  const int64_t inner = product(from.shape, axis + 1, from.rank());
  const int64_t length = from.shape[static_cast<size_t>(axis)];
  const int64_t wanted = indices.shape[static_cast<size_t>(axis)];
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t k = 0; k < wanted; ++k) {
      for (int64_t i = 0; i < inner; ++i) {
        const int64_t j = (o * wanted + k) * inner + i;
        const int64_t index = checked_index(node, at[static_cast<size_t>(j)], length);
        copy_element(from, (o * length + index) * inner + i, value, j);
      }
    }
  }
  return {value};
}

Values tile(const Node& node, const Values& in, int64_t) {
  Value value = input(node, in, 0);
  const auto& repeats = wholes(node, input(node, in, 1));
  if (static_cast<int>(repeats.size()) != value.rank()) refuse_node(node, "has too few repeats");
  for (int axis = 0; axis < value.rank(); ++axis) {
    const int64_t times = repeats[static_cast<size_t>(axis)];
    if (times == 1) continue;
    if (times < 1 || times > most_elements) refuse_node(node, "repeats " + text_of(repeats));
    Shape to = value.shape;
    to[static_cast<size_t>(axis)] *= times;
    Value more = Value::of_kind(value, to);
    const int64_t outer = product(value.shape, 0, axis);
    const int64_t run = product(value.shape, axis, value.rank());
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t k = 0; k < times; ++k)
        copy_run(value, o * run, more, (o * times + k) * run, run);
    }
    value = more;
  }
  return {value};
}

// Nearest neighbour by a whole factor: every way of ONNX to place the pixels gives the same but
// aligned corners.
Values resize(const Node& node, const Values& in, int64_t) {
  const Value& from = input(node, in, 0);
  if (node.text("mode", "nearest") != "nearest" || from.rank() != 4 ||
      node.text("coordinate_transformation_mode", "half_pixel") == "align_corners") {
    unsupported(node, "resizes other than to the nearest pixel of [1, channels, height, width]");
  }
  const size_t scales_at = node.op == "Upsample" ? 1 : 2;
  Shape to = from.shape;
  if (has_input(in, 3) && in[3].count() > 0) {
    to = wholes(node, in[3]);
  } else {
    const auto& scales = floats(node, input(node, in, scales_at));
    if (scales.size() != 4) refuse_node(node, "has no scale for each dimension");
    for (size_t i = 0; i < 4; ++i) {
      if (!(scales[i] > 0 && scales[i] <= 64)) refuse_node(node, "has a scale out of range");
      to[i] = static_cast<int64_t>(static_cast<double>(from.shape[i]) * scales[i]);
    }
  }
  if (to.size() != 4 || to[0] != from.shape[0] || to[1] != from.shape[1] || from.count() == 0 ||
      to[2] % from.shape[2] != 0 || to[3] % from.shape[3] != 0 || to[2] < 1 || to[3] < 1) {
    unsupported(node, "resizes " + text_of(from.shape) + " to " + text_of(to) +
                          "; expected are whole factors");
  }
  Value value = Value::of_kind(from, to);
  const int64_t down = to[2] / from.shape[2], right = to[3] / from.shape[3];
  int64_t j = 0;
  for (int64_t plane = 0; plane < to[0] * to[1]; ++plane) {
    for (int64_t y = 0; y < to[2]; ++y) {
      const int64_t row = (plane * from.shape[2] + y / down) * from.shape[3];
      for (int64_t x = 0; x < to[3]; ++x) copy_element(from, row + x / right, value, j++);
    }
  }
  return {value};
}

}  // namespace

Operator shape_operator(const std::string& op) {
  static const std::map<std::string, Operator> known = {
      {"Identity", identity}, {"Dropout", identity},    {"Constant", constant},
      {"Shape", shape},       {"Reshape", reshape},     {"Flatten", flatten},
      {"Squeeze", squeeze},   {"Unsqueeze", unsqueeze}, {"Transpose", transpose},
      {"Slice", slice},       {"Split", split},         {"Concat", concat},
      {"Gather", gather},     {"Tile", tile},           {"GatherElements", gather_elements},
      {"Resize", resize},     {"Upsample", resize},
  };
  const auto found = known.find(op);
  return found == known.end() ? nullptr : found->second;
}

}  // namespace burin::yolo
